using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Chat.Realtime.Tickets;

internal static class TicketEndpoints
{
    public static void AddTickets(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TicketStore>();
        builder.Services.AddSingleton<SocketAddress>();
    }

    public static void MapTickets(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/realtime/tickets", IssueAsync).WithScope("messages:read");

    private static async Task<Results<Created<TicketResponse>, ProblemHttpResult>> IssueAsync(
        Caller caller, TicketStore tickets, SocketAddress address, TimeProvider time, HttpResponse response, CancellationToken cancellationToken)
    {
        var expiresAt = time.GetUtcNow() + TicketStore.Lifetime;
        try
        {
            var ticket = await tickets.IssueAsync(new SocketOwner(caller.Id, caller.Session, caller.Username, caller.DisplayName), cancellationToken);
            response.Headers.CacheControl = "no-store";
            return TypedResults.Created((string?)null, new TicketResponse(ticket, address.With(ticket), expiresAt));
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return Problems.Unavailable("tickets_unavailable", "No ticket can be issued for the moment.", TimeSpan.FromSeconds(1));
        }
    }
}

/// <summary>The public address of the socket.</summary>
internal sealed class SocketAddress(IOptions<RealtimeOptions> options, IConfiguration configuration)
{
    private readonly Uri _address = options.Value.PublicUrl ?? FromIssuer(new Uri(configuration["Auth:Issuer"] ?? "http://localhost:8080"));

    public Uri With(string ticket) => new UriBuilder(_address) { Query = $"ticket={ticket}" }.Uri;

    private static Uri FromIssuer(Uri issuer) =>
        new UriBuilder(issuer) { Scheme = issuer.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs, Path = "/ws" }.Uri;
}
