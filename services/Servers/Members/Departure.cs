using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>Ends memberships, within the caller's transaction.</summary>
internal sealed class Departure(ServersDb db, ServerChanges changes, TimeProvider time)
{
    /// <summary>Takes a member out of a server. Somebody whose leaving was committed but never answered gets the same answer again.</summary>
    public async Task<Results<Ok<Left>, ProblemHttpResult>> LeaveAsync(Guid server, Guid user, CancellationToken cancellationToken)
    {
        // Before the lock, so that strangers cannot hold up a server.
        var membership = await db.Servers
            .Where(row => row.Id == server && db.Members.Any(member => member.Server == server && member.User == user))
            .Select(row => new { row.Owner })
            .SingleOrDefaultAsync(cancellationToken);
        if (membership is null)
        {
            return await changes.AwaitsAnswerAsync(server, user, cancellationToken) ? TypedResults.Ok(new Left(server)) : ServerProblems.NotFound();
        }

        if (membership.Owner == user)
        {
            return Problems.Conflict("owner_cannot_leave", "The owner cannot leave. Transfer or delete the server first.");
        }

        var rev = await changes.RaiseAsync(server, members: -1, cancellationToken);
        var removed = await db.Members.Where(member => member.Server == server && member.User == user).ExecuteDeleteAsync(cancellationToken);
        if (rev is not { } raised || removed == 0)
        {
            return Problems.Conflict("retry", "The membership changed at the same moment. Repeat the request.");
        }

        changes.Record(
            new ModelDelta(server, raised).WithoutMember(user),
            new AccessLoss([user], Subject: user),
            new MemberLeft { Server = server, Rev = raised, User = user, At = time.GetUtcNow() });
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Ok(new Left(server));
    }

    internal sealed record Left(Guid Server);
}
