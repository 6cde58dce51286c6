using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Channels;

internal static class ChannelsEndpoints
{
    public static void AddChannels(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<ChannelActs>();
        builder.Services.AddScoped<ChannelCreation>();
        builder.Services.AddScoped<ChannelUpdate>();
        builder.Services.AddScoped<ChannelDeletion>();
        builder.Services.AddScoped<ChannelOrder>();
        builder.Services.AddScoped<OverrideEdit>();
    }

    public static void MapChannels(this IEndpointRouteBuilder routes)
    {
        var ofServer = routes.MapGroup("/api/v1/servers/{server:guid}/channels").WithScopes("servers");
        ofServer.MapGet("/", ListAsync);
        ofServer.MapPost("/", CreateAsync);
        ofServer.MapPatch("/", ReorderAsync);

        var channels = routes.MapGroup("/api/v1/channels/{channel:guid}").WithScopes("servers");
        channels.MapGet("/", GetAsync);
        channels.MapPatch("/", ChangeAsync);
        channels.MapDelete("/", DeleteAsync);
    }

    private static async Task<Results<Ok<Page<ChannelResponse>>, ProblemHttpResult>> ListAsync(Guid server, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken) =>
        await ServerReader.ReadAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) is { } found
            ? TypedResults.Ok(new Page<ChannelResponse>(found.Channels, null))
            : ServerProblems.NotFound();

    private static async Task<Results<Created<ChannelResponse>, ProblemHttpResult>> CreateAsync(
        Guid server, CreateChannel request, Caller caller, HttpContext http, ServerActs acts, ChannelCreation creation, CancellationToken cancellationToken) =>
        request.Check(out var wanted) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : await acts.CreateAsync(http, caller, server, request, new Needs(Permissions.ManageChannels), ct => creation.CreateAsync(wanted, ct), cancellationToken);

    private static async Task<Results<NoContent, ProblemHttpResult>> ReorderAsync(
        Guid server, ReorderChannels request, Caller caller, HttpContext http, ServerActs acts, ChannelOrder order, CancellationToken cancellationToken) =>
        request.Check() is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : await acts.DoAsync(http, caller, server, request, new Needs(Permissions.ManageChannels), ct => order.ReorderAsync(request, ct), cancellationToken);

    private static async Task<Results<Ok<ChannelResponse>, ProblemHttpResult>> GetAsync(
        Guid channel, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken) =>
        await ChannelReader.FindAsync(db, channel, caller.Id, time.GetUtcNow(), cancellationToken) is var (found, member)
            ? TypedResults.Ok(found.For(member))
            : ChannelProblems.NotFound();

    private static async Task<Results<Ok<ChannelResponse>, ProblemHttpResult>> ChangeAsync(
        Guid channel, ChangeChannel request, Caller caller, HttpContext http, ChannelActs acts, ChannelUpdate update, CancellationToken cancellationToken)
    {
        var errors = request.Check(out var wanted);
        return await acts.RunAsync(
            http,
            caller,
            new ChannelRequest(channel, Permissions.ManageChannels, request, errors),
            (found, ct) => update.UpdateAsync(found, wanted, ct),
            cancellationToken);
    }

    private static Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid channel, Caller caller, HttpContext http, ChannelDeletion deletion, CancellationToken cancellationToken) =>
        deletion.DeleteAsync(http, caller, channel, cancellationToken);
}
