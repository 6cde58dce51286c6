using System.Globalization;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Chat.Servers.Servers;

internal static class ServersEndpoints
{
    public static void AddServers(this IHostApplicationBuilder builder) => builder.Services.AddScoped<ServerFounding>();

    public static void MapServers(this IEndpointRouteBuilder routes)
    {
        var servers = routes.MapGroup("/api/v1/servers").WithScopes("servers");
        servers.MapPost("/", CreateAsync);
        servers.MapGet("/", ListAsync);
        servers.MapGet("/{server:guid}", GetAsync);
    }

    private static async Task<Results<Created<ServerResponse>, ProblemHttpResult>> CreateAsync(
        CreateServer request, Caller caller, HttpContext http, [AsParameters] CreateServices services, CancellationToken cancellationToken)
    {
        if (PlainText.Name(request.Name, out var name) is { } error)
        {
            return Problems.Validation(error);
        }

        var created = await Idempotency.CreateAsync(services.Db, http, caller.Id, request, ct => services.Founding.CreateAsync(name, caller, ct), cancellationToken);
        await services.Changes.PublishAsync();
        return created;
    }

    private static async Task<Results<Ok<Page<ServerSummary>>, ProblemHttpResult>> ListAsync(
        [AsParameters] PageRequest page, Caller caller, ServersDb db, CancellationToken cancellationToken)
    {
        if (page.Error is { } error)
        {
            return Problems.Validation(error);
        }

        if (!Cursor.TryRead(page.Cursor, out Guid after))
        {
            return Problems.Validation(PageRequest.BadCursor);
        }

        var found = await db.Members.AsNoTracking()
            .Where(member => member.User == caller.Id && member.Server > after)
            .OrderBy(member => member.Server)
            .Take(page.Size + 1)
            .Join(db.Servers, member => member.Server, server => server.Id, (_, server) => server)
            .OrderBy(server => server.Id)
            .Select(server => new ServerSummary(
                server.Id, server.Name, server.Icon, server.Owner, server.Public, server.ArchivedAt != null, server.Rev, server.MemberCount, server.CreatedAt))
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(found.Count > page.Size
            ? new Page<ServerSummary>(found[..page.Size], Cursor.Of(found[page.Size - 1].Id))
            : new Page<ServerSummary>(found, null));
    }

    private static async Task<Results<Ok<ServerResponse>, StatusCodeHttpResult, ProblemHttpResult>> GetAsync(
        Guid server, Caller caller, HttpContext http, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        var wanted = http.Request.GetTypedHeaders().IfNoneMatch;
        if (wanted.Count > 0)
        {
            var now = time.GetUtcNow();
            var current = await db.Members
                .Where(member => member.Server == server && member.User == caller.Id)
                .Join(db.Servers, member => member.Server, row => row.Id, (_, row) => new
                {
                    row.Rev,
                    TimedOut = db.MemberTimeouts.Any(timeout => timeout.Server == server && timeout.User == caller.Id && timeout.Until > now),
                })
                .SingleOrDefaultAsync(cancellationToken);
            if (current is not null
                && wanted.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(Tag(current.Rev, current.TimedOut), useStrongComparison: false)))
            {
                Mark(http, current.Rev, current.TimedOut);
                return TypedResults.StatusCode(StatusCodes.Status304NotModified);
            }
        }

        if (await ServerReader.ReadAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) is not { } found)
        {
            return ServerProblems.NotFound();
        }

        Mark(http, found.Rev, found.Me.TimedOutUntil is not null);
        return TypedResults.Ok(found);
    }

    private static void Mark(HttpContext http, long rev, bool timedOut)
    {
        var headers = http.Response.GetTypedHeaders();
        headers.ETag = Tag(rev, timedOut);
        headers.CacheControl = new CacheControlHeaderValue { Private = true, NoCache = true };
    }

    // The revision counts every change of the structure, and what else the answer shows of the caller follows from it, but for a timeout that is simply over.
    private static EntityTagHeaderValue Tag(long rev, bool timedOut) => new(string.Create(CultureInfo.InvariantCulture, $"\"{rev}{(timedOut ? "-t" : "")}\""));

    /// <param name="Name">2 to 100 characters.</param>
    private sealed record CreateServer(string? Name = null);

    private sealed record CreateServices(ServersDb Db, ServerFounding Founding, ServerChanges Changes);
}
