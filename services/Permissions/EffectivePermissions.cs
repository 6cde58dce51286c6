using Chat.Contracts;

namespace Chat.Access;

/// <summary>A role that a member holds, with what it grants throughout the server.</summary>
public readonly record struct HeldRole(Guid Id, Permissions Granted);

/// <summary>What a channel changes for one role or one member.</summary>
/// <param name="Target">The role's or the user's id; ids are unique across both.</param>
/// <param name="Allow">Flags added.</param>
/// <param name="Deny">Flags taken away.</param>
public readonly record struct ChannelOverride(Guid Target, Permissions Allow, Permissions Deny);

/// <summary>The one rule by which permissions are computed.</summary>
public static class EffectivePermissions
{
    /// <summary>
    /// What a member may do throughout the server: the union of their roles. The owner, and whoever holds <see cref="Permissions.Administrator"/>, may do everything.
    /// </summary>
    public static Permissions InServer(bool owner, IReadOnlyList<HeldRole> roles)
    {
        var granted = Permissions.None;
        foreach (var role in roles)
        {
            granted |= role.Granted;
        }

        return owner || granted.HasFlag(Permissions.Administrator) ? Permissions.All : granted & Permissions.All;
    }

    /// <summary>
    /// What a member may do in a channel: first the union of their roles; then the overrides of all their roles together, denials before allowances, so that one role's
    /// allowance beats another's denial; last the member's own override. Owner and administrators are beyond overrides. Who cannot view the channel can do nothing in it.
    /// </summary>
    /// <param name="user">The member.</param>
    /// <param name="owner">Whether the member owns the server.</param>
    /// <param name="roles">The roles the member holds.</param>
    /// <param name="overrides">All overrides of the channel, in any order; those of others are ignored.</param>
    public static Permissions Compute(Guid user, bool owner, IReadOnlyList<HeldRole> roles, IReadOnlyList<ChannelOverride> overrides)
    {
        var granted = InServer(owner, roles);
        if (granted.HasFlag(Permissions.Administrator))
        {
            return granted;
        }

        ChannelOverride ofRoles = default, ofMember = default;
        foreach (var candidate in overrides)
        {
            if (candidate.Target == user)
            {
                ofMember = Join(ofMember, candidate);
            }
            else if (Holds(roles, candidate.Target))
            {
                ofRoles = Join(ofRoles, candidate);
            }
        }

        granted = Apply(Apply(granted, ofRoles), ofMember);
        return granted.HasFlag(Permissions.ViewChannel) ? granted : Permissions.None;
    }

    private static ChannelOverride Join(ChannelOverride one, ChannelOverride other) =>
        one with { Allow = one.Allow | other.Allow, Deny = one.Deny | other.Deny };

    // Administrator is of the whole server: a channel can neither give nor take it.
    private static Permissions Apply(Permissions granted, ChannelOverride change) =>
        (granted & ~change.Deny) | (change.Allow & Permissions.All & ~Permissions.Administrator);

    private static bool Holds(IReadOnlyList<HeldRole> roles, Guid id)
    {
        foreach (var role in roles)
        {
            if (role.Id == id)
            {
                return true;
            }
        }

        return false;
    }
}
