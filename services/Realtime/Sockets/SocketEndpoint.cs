using Chat.Realtime.Channels;
using Chat.Realtime.Tickets;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Browsers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Chat.Realtime.Sockets;

internal static class SocketEndpoint
{
    public static void AddSockets(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AllowedOrigins>();
        builder.Services.AddSingleton<OpenSockets>();
        builder.Services.AddSingleton<EndedSessions>();
        builder.Services.AddHostedService<SocketKeeper>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
    }

    /// <summary>
    /// Anonymous to the framework: a ticket is not a token, and a refusal is a close code, which unlike a status reaches a browser's page. A token without the
    /// scope is refused by its status all the same, for no page can send one here.
    /// </summary>
    public static void MapSockets(this IEndpointRouteBuilder routes) => routes.MapGet("/ws", OpenAsync).AllowAnonymous().WithScope("messages:read");

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> OpenAsync(HttpContext context, AllowedOrigins origins, [AsParameters] SocketServices services)
    {
        if (!context.WebSockets.IsWebSocketRequest)
            return Problems.Create(StatusCodes.Status426UpgradeRequired, "upgrade_required", "This address speaks WebSocket only.");
        if (!origins.Allows(context.Request))
            return Problems.Forbidden("origin_not_allowed", "Pages of this origin may not open sockets.");
        SocketOwner? owner;
        try
        {
            owner = await OwnerAsync(context, services.Tickets);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return Problems.Unavailable("tickets_unavailable", "Tickets cannot be checked for the moment.", TimeSpan.FromSeconds(1));
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var nobody = new SocketOwner(Guid.Empty, Guid.Empty, "", "");
        using var client = new ClientSocket(socket, owner ?? nobody, services.Options.Value, services.Telemetry, services.Time);
        if (owner is null)
            client.Close(SocketClose.Unauthenticated("ticket_invalid", "The ticket was used, has expired or never was, or the token is not valid."));
        await RunAsync(client, services);
        return TypedResults.Empty;
    }

    private static async Task<SocketOwner?> OwnerAsync(HttpContext context, TicketStore tickets)
    {
        if (context.Request.Query["ticket"] is [{ } ticket])
            return await tickets.RedeemAsync(ticket, context.RequestAborted);
        return Caller.From(context.User) is { } caller ? new SocketOwner(caller.Id, caller.Session, caller.Username, caller.DisplayName) : null;
    }

    private static async Task RunAsync(ClientSocket client, SocketServices services)
    {
        var sending = client.SendAllAsync();
        // Counted even when it is being refused, so that time limits hold for it too.
        if (!services.Sockets.TryAdd(client))
            client.Close(SocketClose.TooMany("too_many_sockets", "This person has too many sockets open."));
        try
        {
            var session = new SocketSession(client, services.Feeds, services.Entitlement, services.Options.Value, services.Time);
            await session.RunAsync();
            await sending;
        }
        finally
        {
            client.Close(SocketClose.Normal);
            services.Feeds.EndAll(client);
            services.Sockets.Remove(client);
        }
    }
}

/// <summary>What a socket needs.</summary>
internal sealed record SocketServices(
    TicketStore Tickets, OpenSockets Sockets, ChannelFeeds Feeds, Entitlement Entitlement,
    IOptions<RealtimeOptions> Options, RealtimeTelemetry Telemetry, TimeProvider Time);
