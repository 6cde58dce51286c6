using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Channels;

internal static class ChannelsEndpoints
{
    public static void MapChannels(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/servers/{server:guid}/channels", ListAsync).WithScopes("servers");

    private static async Task<Results<Ok<Page<ChannelResponse>>, ProblemHttpResult>> ListAsync(Guid server, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken) =>
        await ServerReader.ReadAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) is { } found
            ? TypedResults.Ok(new Page<ChannelResponse>(found.Channels, null))
            : ServerProblems.NotFound();
}
