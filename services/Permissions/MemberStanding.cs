using Chat.Contracts;

namespace Chat.Access;

/// <summary>A role that a member holds, with what it grants throughout the server.</summary>
public readonly record struct HeldRole(Guid Id, Permissions Granted);

/// <summary>What a member is in a server, as far as permissions follow from it.</summary>
/// <param name="User">The member.</param>
/// <param name="Owner">Whether the member owns the server.</param>
/// <param name="Roles">The roles the member holds, in any order.</param>
/// <param name="TimedOut">Whether the member is timed out at this moment. Means nothing for the owner and administrators.</param>
/// <param name="Archived">Whether the server is archived.</param>
public sealed record MemberStanding(Guid User, bool Owner, IReadOnlyList<HeldRole> Roles, bool TimedOut = false, bool Archived = false);

/// <summary>What a channel changes for one role or one member.</summary>
/// <param name="Target">The role's or the user's id; ids are unique across both.</param>
/// <param name="Allow">Flags added.</param>
/// <param name="Deny">Flags taken away.</param>
public readonly record struct ChannelOverride(Guid Target, Permissions Allow, Permissions Deny);

/// <summary>What a channel changes of its members' rights.</summary>
/// <param name="Private">Roles alone do not let anybody see it: an override must.</param>
/// <param name="Overrides">All of them, in any order, at most one for each target.</param>
/// <param name="SlowMode">Seconds between two messages of one member who is not exempt (see <see cref="EffectivePermissions.SlowMode"/>); 0: none.</param>
public sealed record ChannelRules(bool Private, IReadOnlyList<ChannelOverride> Overrides, int SlowMode = 0)
{
    /// <summary>A channel that changes nothing.</summary>
    public static ChannelRules Open { get; } = new(false, []);
}
