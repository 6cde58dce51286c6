using Chat.Servers.Changes;
using static Chat.Contracts.Permissions;

namespace Chat.Servers.Roles;

/// <summary>
/// Who may change whose rights: nobody gives, takes or edits what they do not have themselves, or what stands level with them or above. The owner may everything, and nobody acts
/// on the owner.
/// </summary>
/// <param name="Owner">Whether this is the owner of the server.</param>
/// <param name="Top">The position of the highest role held; -1 without any.</param>
/// <param name="Granted">What this member may do throughout the server at this moment.</param>
internal readonly record struct Rank(bool Owner, int Top, Contracts.Permissions Granted)
{
    public static Rank Of(Actor actor) => new(actor.Owner, actor.Top, actor.Granted);

    /// <summary>Whether a role at this position stands below.</summary>
    public bool Outranks(int position) => Owner || Top > position;

    /// <summary>Whether these flags may be given to a role, or taken from one, that stands below.</summary>
    public bool MayChange(Contracts.Permissions flags) => (flags & ~Granted) == None;

    /// <summary>Whether a role may be given to a member, taken from one, or deleted: it stands below and grants nothing that is not one's own.</summary>
    public bool MayHandOut(int position, Contracts.Permissions granted) => Outranks(position) && MayChange(granted & All);

    /// <summary>Whether a member may be acted on (kicked, banned, timed out, renamed, given roles): not the owner, and of lower rank. Never true of oneself.</summary>
    public bool MayActOn(bool owner, int top) => !owner && Outranks(top);
}
