using System.Reflection;
using Chat.Access;

namespace Chat.Servers.Access;

/// <summary>Why a member may, or may not, do one thing in a channel.</summary>
/// <param name="Flag">The flag's value.</param>
/// <param name="Name">Its name, such as <c>SendMessages</c>.</param>
/// <param name="By">
/// What decided: <c>owner</c>, <c>administrator</c>, <c>role</c>, <c>role_allow</c> or <c>member_allow</c> (granted); <c>none</c> (no role grants it), <c>private</c>, <c>role_deny</c>,
/// <c>member_deny</c>, <c>timeout</c>, <c>archive</c> or <c>no_view</c> (not granted).
/// </param>
/// <param name="Roles">The ids of the roles that decided; absent where it was not roles.</param>
internal sealed record FlagExplanation(Contracts.Permissions Flag, string Name, bool Granted, string By, IReadOnlyList<Guid>? Roles)
{
    // Of the several names that a value may have, such as for a set of just this flag, the first that is declared.
    private static readonly Dictionary<Contracts.Permissions, string> Names = typeof(Contracts.Permissions)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .GroupBy(field => (Contracts.Permissions)(field.GetRawConstantValue() ?? 0L), field => field.Name)
        .ToDictionary(names => names.Key, names => names.First());

    public static FlagExplanation Of(FlagDecision decision) => new(
        decision.Flag,
        Names[decision.Flag],
        decision.Granted,
        decision.By switch
        {
            DecidedBy.Nothing => "none",
            DecidedBy.Owner => "owner",
            DecidedBy.Administrator => "administrator",
            DecidedBy.Role => "role",
            DecidedBy.PrivateChannel => "private",
            DecidedBy.RoleAllowance => "role_allow",
            DecidedBy.RoleDenial => "role_deny",
            DecidedBy.MemberAllowance => "member_allow",
            DecidedBy.MemberDenial => "member_deny",
            DecidedBy.Timeout => "timeout",
            DecidedBy.Archive => "archive",
            DecidedBy.NoView => "no_view",
            _ => throw new ArgumentOutOfRangeException(nameof(decision), decision.By, null),
        },
        decision.Roles.Count > 0 ? decision.Roles : null);
}
