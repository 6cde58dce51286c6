using Chat.Access;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Access;

internal static class PreviewEndpoints
{
    /// <summary>A question, though it is posted: nothing is written, and a token that may only read may ask it.</summary>
    public static void MapPermissionPreview(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/servers/{server:guid}/permissions/preview", PreviewAsync).WithScope("servers:read");

    private static async Task<Results<Ok<PreviewPage>, ProblemHttpResult>> PreviewAsync(
        Guid server, PreviewRequest request, [AsParameters] PageRequest page, Caller caller, PreviewReader reader, CancellationToken cancellationToken)
    {
        if (page.Error is { } outOfRange)
        {
            return Problems.Validation(outOfRange);
        }

        if (!PreviewKey.TryRead(page.Cursor, out var shown))
        {
            return Problems.Validation(PageRequest.BadCursor);
        }

        var errors = request.Read(out var change);
        if (errors.Count > 0 || change is null)
        {
            return Problems.Validation(errors);
        }

        if (await reader.ReadAsync(server, caller.Id, change.Target, shown.User, cancellationToken) is not { Asking: { } member } state)
        {
            return ServerProblems.NotFound();
        }

        var asking = state.Structure.Standing(caller.Id, member.Roles, member.TimedOut);
        if (!EffectivePermissions.InServer(asking with { Archived = false }).HasFlag(Contracts.Permissions.ManageRoles))
        {
            return ServerProblems.MissingPermission(Contracts.Permissions.ManageRoles);
        }

        if (state.Structure.Archived)
        {
            return ServerProblems.Archived();
        }

        return ProposalRules.Refuse(change, state, asking) is { } refusal
            ? refusal
            : TypedResults.Ok(new AccessPreview(state.Structure, change, asking).Page(state.Members, shown, page.Size));
    }
}
