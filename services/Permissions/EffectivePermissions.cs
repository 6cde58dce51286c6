using Chat.Contracts;

namespace Chat.Access;

/// <summary>The one rule by which permissions are computed.</summary>
public static class EffectivePermissions
{
    /// <summary>
    /// What a member may do throughout the server: the union of their roles. The owner, and whoever holds <see cref="Permissions.Administrator"/>, may do everything.
    /// Others who are timed out keep <see cref="Permissions.WhileTimedOut"/>, everybody in an archived server <see cref="Permissions.WhileArchived"/>.
    /// </summary>
    public static Permissions InServer(MemberStanding member)
    {
        var granted = FromRoles(member);
        return Limit(member, granted, granted.HasFlag(Permissions.Administrator));
    }

    /// <summary>
    /// What a member may do in a channel. First the union of their roles; in a private channel without <see cref="Permissions.ViewChannel"/>. Then the overrides of all
    /// their roles together, denials before allowances, so that one role's allowance beats another's denial. Then the member's own override. Owner and administrators
    /// are beyond all of these. Last what a timeout and the archive leave. Who cannot view the channel can do nothing in it.
    /// </summary>
    public static Permissions Compute(MemberStanding member, ChannelRules channel)
    {
        var granted = FromRoles(member);
        var all = granted.HasFlag(Permissions.Administrator);
        if (!all)
        {
            granted = Override(member, channel, channel.Private ? granted & ~Permissions.ViewChannel : granted);
        }

        granted = Limit(member, granted, all);
        return granted.HasFlag(Permissions.ViewChannel) ? granted : Permissions.None;
    }

    /// <summary>How many seconds somebody with these rights in a channel has to let pass between two messages there; 0 for whoever keeps order in it.</summary>
    /// <param name="granted">The result of <see cref="Compute"/>.</param>
    public static int SlowMode(Permissions granted, ChannelRules channel) =>
        (granted & (Permissions.ManageMessages | Permissions.ManageChannels)) != 0 ? 0 : channel.SlowMode;

    private static Permissions FromRoles(MemberStanding member)
    {
        var granted = Permissions.None;
        foreach (var role in member.Roles)
        {
            granted |= role.Granted;
        }

        return member.Owner || granted.HasFlag(Permissions.Administrator) ? Permissions.All : granted & Permissions.All;
    }

    private static Permissions Limit(MemberStanding member, Permissions granted, bool all)
    {
        if (member.TimedOut && !all)
        {
            granted &= Permissions.WhileTimedOut;
        }

        return member.Archived ? granted & Permissions.WhileArchived : granted;
    }

    private static Permissions Override(MemberStanding member, ChannelRules channel, Permissions granted)
    {
        ChannelOverride ofRoles = default, ofMember = default;
        foreach (var candidate in channel.Overrides)
        {
            if (candidate.Target == member.User)
            {
                ofMember = Join(ofMember, candidate);
            }
            else if (Holds(member.Roles, candidate.Target))
            {
                ofRoles = Join(ofRoles, candidate);
            }
        }

        return Apply(Apply(granted, ofRoles), ofMember);
    }

    private static ChannelOverride Join(ChannelOverride one, ChannelOverride other) =>
        one with { Allow = one.Allow | other.Allow, Deny = one.Deny | other.Deny };

    private static Permissions Apply(Permissions granted, ChannelOverride change) =>
        (granted & ~(change.Deny & Permissions.OfChannels)) | (change.Allow & Permissions.OfChannels);

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
