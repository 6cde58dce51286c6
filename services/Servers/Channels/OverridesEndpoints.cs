using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Channels;

internal static class OverridesEndpoints
{
    public static void MapOverrides(this IEndpointRouteBuilder routes)
    {
        var overrides = routes.MapGroup("/api/v1/channels/{channel:guid}/overrides").WithScopes("servers");
        overrides.MapGet("/", ListAsync);
        overrides.MapPut("/{target:guid}", SetAsync);
        overrides.MapDelete("/{target:guid}", RemoveAsync);
    }

    /// <summary>All of them, at most <see cref="ChannelOverrideRow.MaxPerChannel"/>; also in an archived server.</summary>
    private static async Task<Results<Ok<Page<ChannelOverrideResponse>>, ProblemHttpResult>> ListAsync(
        Guid channel, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await ChannelReader.FindAsync(db, channel, caller.Id, time.GetUtcNow(), cancellationToken) is not var (found, member))
        {
            return ChannelProblems.NotFound();
        }

        return EffectivePermissions.Compute(member with { Archived = false }, found.Rules).HasFlag(Permissions.ManageRoles)
            ? TypedResults.Ok(new Page<ChannelOverrideResponse>(found.Overrides.ConvertAll(ChannelOverrideResponse.Of), null))
            : ServerProblems.MissingPermission(Permissions.ManageRoles);
    }

    private static Task<Results<Ok<ChannelOverrideResponse>, ProblemHttpResult>> SetAsync(
        Guid channel, Guid target, SetOverride request, Caller caller, HttpContext http, [AsParameters] OverrideServices services, CancellationToken cancellationToken) =>
        services.Acts.RunAsync(
            http,
            caller,
            new ChannelRequest(channel, Permissions.ManageRoles, request, request.Check()),
            (found, ct) => services.Edit.SetAsync(found, target, request, ct),
            cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        Guid channel, Guid target, Caller caller, HttpContext http, [AsParameters] OverrideServices services, CancellationToken cancellationToken) =>
        services.Acts.DoAsync(
            http,
            caller,
            new ChannelRequest(channel, Permissions.ManageRoles, Subject: OverrideEdit.Subject(channel, target)),
            (found, ct) => services.Edit.RemoveAsync(found, target, ct),
            cancellationToken);

    private sealed record OverrideServices(ChannelActs Acts, OverrideEdit Edit);
}
