using Chat.Access;

namespace Chat.Servers.Tests;

/// <summary>
/// What design.md says of permissions, written a second time: by flag numbers instead of sets, each flag by itself, from the strongest statement about it to the weakest.
/// Shares nothing with the first but the shape of what it is asked.
/// </summary>
internal static class SlowPermissions
{
    /// <summary>How many flags there are.</summary>
    public const int Flags = 22;

    private const int View = 0, Administrator = 18;

    // 4 kick, 5 ban, 17 audit log.
    private static readonly int[] LeftInTheArchive = [View, 4, 5, 17];

    // Not those of the whole server: 4 kick, 5 ban, 6 roles, 7 server, 16 moderate, 17 audit log, 18 administrator, 20 and 21 nicknames.
    private static readonly int[] OfChannels = [View, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 19];

    /// <summary>In a channel, as a 64-bit set.</summary>
    public static long InChannel(MemberStanding member, ChannelRules channel) => May(member, channel, View) ? Set(flag => May(member, channel, flag)) : 0;

    /// <summary>Throughout the server.</summary>
    public static long InServer(MemberStanding member) => Set(flag => May(member, null, flag));

    private static long Set(Func<int, bool> may)
    {
        var set = 0L;
        for (var flag = 0; flag < Flags; flag++)
        {
            set |= may(flag) ? 1L << flag : 0;
        }

        return set;
    }

    private static bool May(MemberStanding member, ChannelRules? channel, int flag)
    {
        if (member.Archived && !LeftInTheArchive.Contains(flag))
        {
            return false;
        }

        if (member.Owner || Grants(member, Administrator))
        {
            return true;
        }

        if (member.TimedOut && flag != View)
        {
            return false;
        }

        if (channel is not null && OfChannels.Contains(flag))
        {
            var (allowedToMember, deniedToMember, allowedToRole, deniedToRole) = (false, false, false, false);
            foreach (var change in channel.Overrides)
            {
                var ofMember = change.Target == member.User;
                var ofRole = !ofMember && Holds(member, change.Target);
                allowedToMember |= ofMember && Has((long)change.Allow, flag);
                deniedToMember |= ofMember && Has((long)change.Deny, flag);
                allowedToRole |= ofRole && Has((long)change.Allow, flag);
                deniedToRole |= ofRole && Has((long)change.Deny, flag);
            }

            if (allowedToMember || deniedToMember)
            {
                return allowedToMember;
            }

            if (allowedToRole || deniedToRole)
            {
                return allowedToRole;
            }

            if (flag == View && channel.Private)
            {
                return false;
            }
        }

        return Grants(member, flag);
    }

    private static bool Grants(MemberStanding member, int flag)
    {
        foreach (var role in member.Roles)
        {
            if (Has((long)role.Granted, flag))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Holds(MemberStanding member, Guid id)
    {
        foreach (var role in member.Roles)
        {
            if (role.Id == id)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(long set, int flag) => ((set >> flag) & 1) == 1;
}
