using Chat.Access;
using Chat.Servers.Members;
using Chat.Servers.Roles;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Access;

/// <summary>
/// What can be asked about: everything that somebody could do. What only the one who asks could not do, for want of rank or of the flags themselves, is no reason to refuse.
/// </summary>
internal static class ProposalRules
{
    public static ProblemHttpResult? Refuse(ProposedChange change, PreviewState state, MemberStanding asking) => change switch
    {
        ProposedRole { Role: var role } => Role(state, role) is not { } found ? RoleChanges.NotFound() : IsOwners(found) ? BuiltIn("The owner's role cannot be edited.") : null,
        ProposedRoleDeletion { Role: var role } => Role(state, role) is not { } found ? RoleChanges.NotFound() : found.BuiltIn is not null ? BuiltIn("A built-in role cannot be deleted.") : null,
        ProposedMember member => OfMember(member, state),
        ProposedOverride { OfChannel: var channel, OfTarget: var target } =>
            !Sees(state, asking, channel) ? NoChannel() : Role(state, target) is null && !IsThere(state, target) ? Problems.NotFound("target_not_found", "There is no such role or member.") : null,
        ProposedPrivacy { OfChannel: var channel } => Sees(state, asking, channel) ? null : NoChannel(),
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, null),
    };

    private static ProblemHttpResult? OfMember(ProposedMember change, PreviewState state)
    {
        if (!IsThere(state, change.User))
        {
            return MemberProblems.NotFound();
        }

        if (change.Roles.Any(role => Role(state, role) is null))
        {
            return RoleChanges.NotFound();
        }

        // It goes with the ownership, by a transfer.
        var holdsOwners = change.Roles.Any(role => Role(state, role) is { } found && IsOwners(found));
        return holdsOwners == (change.User == state.Structure.Owner) ? null : OwnersRole();
    }

    private static StructureRole? Role(PreviewState state, Guid role) => state.Structure.Roles.GetValueOrDefault(role);

    private static bool IsOwners(StructureRole role) => role.BuiltIn == BuiltInRole.Owner.Code;

    private static bool IsThere(PreviewState state, Guid user) => state.Members.Any(member => member.User == user);

    private static bool Sees(PreviewState state, MemberStanding asking, Guid channel) =>
        state.Structure.Channels.Any(entry => entry.Id == channel && EffectivePermissions.Compute(asking, entry.Rules) != Contracts.Permissions.None);

    private static ProblemHttpResult NoChannel() => Problems.NotFound("channel_not_found", "There is no such channel.");

    private static ProblemHttpResult OwnersRole() => ServerProblems.AboveYou("The owner's role is neither given nor taken: it goes with the ownership.");

    private static ProblemHttpResult BuiltIn(string what) => Problems.Conflict("built_in_role", what);
}
