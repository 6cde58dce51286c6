using Chat.Contracts;

namespace Chat.Access;

/// <summary>What decided about a flag.</summary>
public enum DecidedBy
{
    /// <summary>No role held grants it.</summary>
    Nothing,

    /// <summary>Granted: the member owns the server.</summary>
    Owner,

    /// <summary>Granted: a role makes the member administrator.</summary>
    Administrator,

    /// <summary>Granted by roles, and no override speaks of it.</summary>
    Role,

    /// <summary>Not granted: the channel is private, and no override lets the member see it.</summary>
    PrivateChannel,

    /// <summary>Granted by the channel's override of a role.</summary>
    RoleAllowance,

    /// <summary>Not granted: the channel's override of a role takes it, and no other role's gives it.</summary>
    RoleDenial,

    /// <summary>Granted by the channel's override of the member.</summary>
    MemberAllowance,

    /// <summary>Not granted: the channel's override of the member takes it.</summary>
    MemberDenial,

    /// <summary>Would be granted, but the member is timed out.</summary>
    Timeout,

    /// <summary>Would be granted, but the server is archived.</summary>
    Archive,

    /// <summary>Would be granted, but the member cannot view the channel.</summary>
    NoView,
}

/// <summary>Why a member may, or may not, do one thing in a channel.</summary>
/// <param name="Flag">A single flag.</param>
/// <param name="By">The last and so the strongest word about it.</param>
/// <param name="Roles">Which roles spoke it, where it was roles.</param>
public sealed record FlagDecision(Permissions Flag, DecidedBy By, IReadOnlyList<Guid> Roles)
{
    /// <summary>Whether the member may.</summary>
    public bool Granted => By is DecidedBy.Owner or DecidedBy.Administrator or DecidedBy.Role or DecidedBy.RoleAllowance or DecidedBy.MemberAllowance;
}

/// <summary>Tells, flag by flag, what led to the result of <see cref="EffectivePermissions.Compute"/>.</summary>
public static class PermissionExplanation
{
    /// <summary>Every flag that exists, in the order of their values. Goes through the steps of <see cref="EffectivePermissions.Compute"/> and notes who spoke last.</summary>
    public static IReadOnlyList<FlagDecision> Explain(MemberStanding member, ChannelRules channel)
    {
        var beyond = Beyond(member);
        var decisions = Flags().Select(flag => beyond is null ? ByChannel(flag, member, channel) : beyond with { Flag = flag }).ToList();
        if (member.TimedOut && beyond is null)
        {
            Limit(decisions, Permissions.WhileTimedOut, DecidedBy.Timeout);
        }

        if (member.Archived)
        {
            Limit(decisions, Permissions.WhileArchived, DecidedBy.Archive);
        }

        if (!decisions.Exists(decision => decision is { Flag: Permissions.ViewChannel, Granted: true }))
        {
            Limit(decisions, Permissions.None, DecidedBy.NoView);
        }

        return decisions;
    }

    private static IEnumerable<Permissions> Flags()
    {
        for (var flag = 1L; ((Permissions)flag & Permissions.All) != 0; flag <<= 1)
        {
            yield return (Permissions)flag;
        }
    }

    /// <summary>What puts the member beyond roles and overrides, if anything does.</summary>
    private static FlagDecision? Beyond(MemberStanding member) =>
        member.Owner ? new FlagDecision(Permissions.None, DecidedBy.Owner, [])
        : Granting(Permissions.Administrator, member) is { Count: > 0 } roles ? new FlagDecision(Permissions.None, DecidedBy.Administrator, roles)
        : null;

    private static FlagDecision ByChannel(Permissions flag, MemberStanding member, ChannelRules channel)
    {
        if (Permissions.OfChannels.HasFlag(flag))
        {
            var spoken = channel.Overrides.Where(change => (change.Allow | change.Deny).HasFlag(flag)).ToLookup(change => change.Target);
            if (spoken[member.User].Any())
            {
                return new FlagDecision(flag, spoken[member.User].Any(change => change.Allow.HasFlag(flag)) ? DecidedBy.MemberAllowance : DecidedBy.MemberDenial, []);
            }

            var roles = member.Roles.Select(role => role.Id).Where(spoken.Contains).ToList();
            var allowing = roles.FindAll(role => spoken[role].Any(change => change.Allow.HasFlag(flag)));
            if (roles.Count > 0)
            {
                return allowing.Count > 0 ? new FlagDecision(flag, DecidedBy.RoleAllowance, allowing) : new FlagDecision(flag, DecidedBy.RoleDenial, roles);
            }
        }

        return flag == Permissions.ViewChannel && channel.Private ? new FlagDecision(flag, DecidedBy.PrivateChannel, [])
            : Granting(flag, member) is { Count: > 0 } granting ? new FlagDecision(flag, DecidedBy.Role, granting)
            : new FlagDecision(flag, DecidedBy.Nothing, []);
    }

    private static List<Guid> Granting(Permissions flag, MemberStanding member) =>
        [.. member.Roles.Where(role => role.Granted.HasFlag(flag)).Select(role => role.Id)];

    /// <summary>Takes what is granted and not left.</summary>
    private static void Limit(List<FlagDecision> decisions, Permissions left, DecidedBy by)
    {
        for (var index = 0; index < decisions.Count; index++)
        {
            if (decisions[index].Granted && !left.HasFlag(decisions[index].Flag))
            {
                decisions[index] = new FlagDecision(decisions[index].Flag, by, []);
            }
        }
    }
}
