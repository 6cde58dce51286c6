using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Roles;

namespace Chat.Servers.Changes;

/// <summary>Who changes a server, as of the moment it was locked.</summary>
/// <param name="Standing">What the actor is there. Not as archived: that is refused before, or allowed on purpose.</param>
/// <param name="Top">The position of the highest role held; -1 without any.</param>
/// <param name="Reason">What the header <c>X-Audit-Reason</c> gave, for the audit log.</param>
internal sealed record Actor(MemberStanding Standing, int Top, string? Reason)
{
    public Guid User => Standing.User;

    public bool Owner => Standing.Owner;

    /// <summary>What the actor may do throughout the server.</summary>
    public Permissions Granted { get; } = EffectivePermissions.InServer(Standing);

    public bool Allows(Permissions wanted) => (Granted & wanted) == wanted;

    /// <summary>What the actor may do to roles and members.</summary>
    public Rank Rank => Rank.Of(this);

    /// <summary>Whether a role at this position stands below the actor.</summary>
    public bool Outranks(int position) => Rank.Outranks(position);
}

/// <summary>What somebody needs to make a change.</summary>
/// <param name="Permission">Held throughout the server, or in <see cref="Channel"/>; none: membership is enough, or the change itself decides.</param>
internal sealed record Needs(Permissions Permission = Permissions.None)
{
    /// <summary>The channel that is changed: who cannot see it is told that there is none. Null: the change is not about one channel.</summary>
    public Guid? Channel { get; init; }

    /// <summary>Only the owner may.</summary>
    public bool Ownership { get; init; }

    /// <summary>It is allowed in an archived server too.</summary>
    public bool EvenArchived { get; init; }

    public static Needs Membership { get; } = new();
}

/// <summary>What a change takes away, for those who allowed something on its word to ask again.</summary>
/// <param name="Users">Whose rights; null: possibly everybody's.</param>
/// <param name="Channel">Where; null: in the whole server.</param>
/// <param name="Subject">
/// Whose repetition of the request would find nothing to do and is to be answered with success all the same until it once was; null where a repetition finds its work done.
/// </param>
internal sealed record AccessLoss(IReadOnlyList<Guid>? Users = null, Guid? Channel = null, Guid? Subject = null);

/// <summary>What came of a change.</summary>
/// <param name="Value">What the route answers.</param>
/// <param name="Location">The address of what was created.</param>
internal sealed record Changed<T>(T Value, string? Location = null);
