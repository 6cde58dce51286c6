using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Servers;

/// <summary>Deletes a server with everything in it. What other services have of it they delete by the event.</summary>
internal static class ServerDeletion
{
    private static readonly Needs TheOwner = new() { Ownership = true, EvenArchived = true };

    // What is many goes in one statement each; row by row, as the foreign keys would do it, ten thousand members take their time.
    private const string DeleteContents =
        """
        delete from member_roles where server_id = {0};
        delete from members where server_id = {0};
        delete from channel_overrides where channel_id in (select id from channels where server_id = {0});
        delete from channels where server_id = {0};
        delete from categories where server_id = {0};
        delete from roles where server_id = {0};
        delete from member_timeouts where server_id = {0};
        delete from bans where server_id = {0};
        delete from invites where server_id = {0};
        delete from templates where server_id = {0};
        delete from audit_log where server_id = {0};
        """;

    /// <summary>Once this answers 204 nobody reads, sends or receives anything of the server any more.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid server, [FromBody] DeleteServer request, Caller caller, HttpContext http, [AsParameters] DeletionServices services, CancellationToken cancellationToken)
    {
        if (request.Name is not { } typed)
        {
            return Problems.Validation(new FieldError("name", "required", "Type the name of the server to delete it."));
        }

        var (db, acts, changes) = services;
        var deleted = await acts.DoAsync(
            http,
            caller,
            server,
            request,
            TheOwner,
            async ct =>
            {
                if (PlainText.Check("name", typed, 0, Server.MaxNameLength, out var name) is not null || name != acts.Server.Name)
                {
                    return Problems.Validation(new FieldError("name", "mismatch", "This is not the name of the server."));
                }

                await RemoveAsync(db, acts, caller.Id, ct);
                return Nothing.Done;
            },
            cancellationToken,
            subject: caller.Id);

        // Gone by an earlier request of the same person that was not answered: this one answers for it.
        return deleted.Result is ProblemHttpResult { StatusCode: StatusCodes.Status404NotFound }
            && await changes.AwaitsAnswerAsync(server, caller.Id, cancellationToken)
            && !await db.Servers.AnyAsync(row => row.Id == server, cancellationToken)
                ? await acts.AnswerForAsync(server, caller.Id, cancellationToken) is { } notYet ? notYet : TypedResults.NoContent()
                : deleted;
    }

    private static async Task RemoveAsync(ServersDb db, ServerActs acts, Guid owner, CancellationToken cancellationToken)
    {
        var server = acts.Server;
        var channels = await db.Channels.Where(channel => channel.Server == server.Id).Select(channel => channel.Id).ToListAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync(DeleteContents, [server.Id], cancellationToken);
        acts.Record(
            acts.Delta with { Wipes = true },
            new AccessLoss(Subject: owner),
            audit: null,
            members: 0,
            new ServerDeleted { Server = server.Id, Rev = acts.Rev, Channels = channels, At = acts.Now });
        db.Remove(server);
    }

    /// <param name="Name">The server's name, typed again.</param>
    internal sealed record DeleteServer(string? Name = null);

    internal sealed record DeletionServices(ServersDb Db, ServerActs Acts, ServerChanges Changes);
}
