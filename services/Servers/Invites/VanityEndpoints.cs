using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Servers.Invites;

/// <summary>The name of a public server in invite links.</summary>
internal static class VanityEndpoints
{
    private static readonly Needs Managing = new(Permissions.ManageServer);

    public static void MapVanity(this IEndpointRouteBuilder server)
    {
        server.MapPut("/vanity", SetAsync);
        server.MapDelete("/vanity", RemoveAsync);
    }

    private static async Task<Results<Ok<VanityResponse>, ProblemHttpResult>> SetAsync(
        Guid server, SetVanity request, Caller caller, HttpContext http, ServerActs acts, ServersDb db, CancellationToken cancellationToken) =>
        VanityCode.Check(request.Code, out var code) is { } error
            ? Problems.Validation(error)
            : await acts.RunAsync(http, caller, server, request, Managing, ct => ClaimAsync(acts, db, code, ct), cancellationToken);

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        Guid server, Caller caller, HttpContext http, ServerActs acts, CancellationToken cancellationToken) =>
        await acts.DoAsync(
            http,
            caller,
            server,
            null,
            Managing,
            _ =>
            {
                if (acts.Server.Vanity is { } old)
                {
                    acts.Server.Vanity = null;
                    Record(acts, old);
                }

                return Task.FromResult<ActOutcome<Nothing>>(Nothing.Done);
            },
            cancellationToken);

    private static async Task<ActOutcome<VanityResponse>> ClaimAsync(ServerActs acts, ServersDb db, string code, CancellationToken cancellationToken)
    {
        if (!acts.Server.Public)
        {
            return Problems.Conflict("not_public", "Only a public server has a name in invite links.");
        }

        var old = acts.Server.Vanity;
        if (old == code)
        {
            return new Changed<VanityResponse>(new VanityResponse(code));
        }

        // Links that somebody gave away lead where they led, while they live; what they lead to after is for InviteCode.MayHaveBeen.
        if (await db.Invites.AnyAsync(invite => invite.Code == code, cancellationToken))
        {
            return Taken();
        }

        acts.Server.Vanity = code;
        try
        {
            // Here already, so that the unique index decides between two that claim it at once.
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return Taken();
        }
        catch (Exception exception) when ((exception as PostgresException ?? exception.InnerException as PostgresException)?.SqlState == PostgresErrorCodes.DeadlockDetected)
        {
            return Problems.Conflict("retry", "Two servers exchange their names at the same moment. Repeat the request.");
        }

        Record(acts, old);
        return new Changed<VanityResponse>(new VanityResponse(code));
    }

    private static void Record(ServerActs acts, string? old)
    {
        var server = acts.Server;
        acts.Record(
            acts.Delta,
            lost: null,
            new AuditNote(AuditAction.VanityChanged, Before: new { Vanity = old }, After: new { server.Vanity }),
            members: 0,
            server.Updated(acts.Rev, acts.Now));
    }

    private static ProblemHttpResult Taken() => Problems.Conflict("vanity_taken", "Another server has this name.");

    /// <param name="Code">3 to 32 of a-z, 0-9 and hyphens.</param>
    private sealed record SetVanity(string? Code = null);

    /// <param name="Code">As it is kept: in lower case.</param>
    private sealed record VanityResponse(string Code);
}
