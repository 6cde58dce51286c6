using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Servers;

internal static class ServersEndpoints
{
    public static void AddServers(this IHostApplicationBuilder builder)
    {
        builder.AddRecentProof();
        builder.AddInternalClient<IdentityAccounts>("identity");
        builder.Services.AddScoped<ServerFounding>();
    }

    public static void MapServers(this IEndpointRouteBuilder routes)
    {
        var servers = routes.MapGroup("/api/v1/servers").WithScopes("servers");
        servers.MapPost("/", CreateAsync);
        servers.MapGet("/", ListAsync);
        servers.MapGet("/{server:guid}", GetAsync);
        servers.MapPatch("/{server:guid}", ChangeAsync);
    }

    private static async Task<Results<Created<ServerResponse>, ProblemHttpResult>> CreateAsync(
        CreateServer request, Caller caller, HttpContext http, [AsParameters] CreateServices services, CancellationToken cancellationToken)
    {
        if (request.Check(out var valid) is { Count: > 0 } errors)
        {
            return Problems.Validation(errors);
        }

        var created = await Idempotency.CreateAsync(services.Db, http, caller.Id, request, ct => services.Founding.CreateAsync(valid, caller, ct), cancellationToken);
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
        var known = http.Request.GetTypedHeaders().IfNoneMatch;
        if (known.Count > 0)
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
            if (current is not null && ServerVersion.IsKnown(known, current.Rev, current.TimedOut))
            {
                ServerVersion.Mark(http, current.Rev, current.TimedOut);
                return TypedResults.StatusCode(StatusCodes.Status304NotModified);
            }
        }

        if (await ServerReader.ReadAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) is not { } found)
        {
            return ServerProblems.NotFound();
        }

        ServerVersion.Mark(http, found);
        return TypedResults.Ok(found);
    }

    private static async Task<Results<Ok<ServerResponse>, ProblemHttpResult>> ChangeAsync(
        Guid server, ChangeServer request, Caller caller, HttpContext http, ServersDb db, ServerActs acts, CancellationToken cancellationToken)
    {
        if (request.Check(out var valid) is { Count: > 0 } errors)
        {
            return Problems.Validation(errors);
        }

        var changed = await acts.RunAsync<ServerResponse>(
            http,
            caller,
            server,
            request,
            new Needs(Permissions.ManageServer),
            async ct =>
            {
                if (ServerVersion.RefuseStale(http, acts.Server.Rev, acts.Actor.Standing.TimedOut) is { } stale)
                {
                    return stale;
                }

                if (ServerEdit.Apply(valid, acts.Server) is { Any: true } altered)
                {
                    acts.Record(acts.Delta, lost: null, altered.As(AuditAction.ServerUpdated), members: 0, acts.Server.Updated(acts.Rev, acts.Now));
                    await db.SaveChangesAsync(ct);
                }

                return await ServerReader.OfActorAsync(db, acts, ct);
            },
            cancellationToken);
        if (changed.Result is Ok<ServerResponse> { Value: { } shown })
        {
            ServerVersion.Mark(http, shown);
        }

        return changed;
    }

    private sealed record CreateServices(ServersDb Db, ServerFounding Founding, ServerChanges Changes);
}
