using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Servers;

/// <summary>What only the owner does: archive and reopen, hand over, delete.</summary>
internal static class ServerLifecycleEndpoints
{
    private static readonly Needs TheOwner = new() { Ownership = true, EvenArchived = true };

    public static void MapServerLifecycle(this IEndpointRouteBuilder routes)
    {
        var server = routes.MapGroup("/api/v1/servers/{server:guid}").WithScopes("servers");
        server.MapPost("/archive", ArchiveAsync);
        server.MapPost("/reopen", ReopenAsync);
        server.MapPost("/transfer", OwnershipTransfer.TransferAsync).RequireRecentProof();
        server.MapDelete("/", ServerDeletion.DeleteAsync);
    }

    /// <summary>Once this is answered, nobody changes anything in the server any more, nor writes or speaks in it.</summary>
    private static Task<Results<Ok<ServerResponse>, ProblemHttpResult>> ArchiveAsync(
        Guid server, Caller caller, HttpContext http, ServersDb db, ServerActs acts, CancellationToken cancellationToken) =>
        SetArchivedAsync(true, server, caller, http, db, acts, cancellationToken);

    private static Task<Results<Ok<ServerResponse>, ProblemHttpResult>> ReopenAsync(
        Guid server, Caller caller, HttpContext http, ServersDb db, ServerActs acts, CancellationToken cancellationToken) =>
        SetArchivedAsync(false, server, caller, http, db, acts, cancellationToken);

    private static async Task<Results<Ok<ServerResponse>, ProblemHttpResult>> SetArchivedAsync(
        bool archived, Guid server, Caller caller, HttpContext http, ServersDb db, ServerActs acts, CancellationToken cancellationToken) =>
        await acts.RunAsync<ServerResponse>(
            http,
            caller,
            server,
            null,
            TheOwner,
            async ct =>
            {
                if (acts.Server.ArchivedAt is not null != archived)
                {
                    var altered = new AuditDifference();
                    acts.Server.ArchivedAt = altered.Note("archivedAt", acts.Server.ArchivedAt, archived ? acts.Now : null);
                    acts.Record(
                        acts.Delta.WithArchived(archived),
                        archived ? new AccessLoss() : null,
                        altered.As(archived ? AuditAction.ServerArchived : AuditAction.ServerReopened),
                        members: 0,
                        acts.Server.Updated(acts.Rev, acts.Now));
                    await db.SaveChangesAsync(ct);
                }

                return await ServerReader.OfActorAsync(db, acts, ct);
            },
            cancellationToken);
}
