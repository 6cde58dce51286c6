using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>Ends memberships that nobody else ends, within the caller's transaction. Also in an archived server.</summary>
internal sealed class Departure(ServersDb db, ServerChanges changes, TimeProvider time)
{
    /// <summary>Takes a member out of a server. Somebody whose leaving was committed but never answered gets the same answer again.</summary>
    public async Task<Results<Ok<Left>, ProblemHttpResult>> LeaveAsync(Guid server, Guid user, CancellationToken cancellationToken)
    {
        // Before the lock, so that strangers cannot hold up a server.
        if (!await Memberships.ExistsAsync(db, server, user, cancellationToken))
        {
            return await GoneAsync(server, user, cancellationToken);
        }

        if (await LockAsync(server, cancellationToken) == user)
        {
            return Problems.Conflict("owner_cannot_leave", "The owner cannot leave. Transfer or delete the server first.");
        }

        return await EndAsync(server, user, db.Members, cancellationToken) ? TypedResults.Ok(new Left(server)) : await GoneAsync(server, user, cancellationToken);
    }

    /// <summary>Takes a member out whose time in a server is over, if it still is.</summary>
    /// <returns>False when there is nothing to do.</returns>
    public async Task<bool> ExpireAsync(Guid server, Guid user, CancellationToken cancellationToken)
    {
        var (owner, now) = (await LockAsync(server, cancellationToken), time.GetUtcNow());
        if (owner == user)
        {
            // A server that was handed to somebody stays with them.
            await db.Members.Where(member => member.Server == server && member.User == user).ExecuteUpdateAsync(set => set.SetProperty(member => member.EndsAt, (DateTimeOffset?)null), cancellationToken);
            return true;
        }

        return await EndAsync(server, user, db.Members.Where(member => member.EndsAt <= now), cancellationToken);
    }

    /// <returns>The server's owner; null when there is no such server.</returns>
    private async Task<Guid?> LockAsync(Guid server, CancellationToken cancellationToken) =>
        await db.Database.SqlQuery<Guid>($"select owner_id as \"Value\" from servers where id = {server} for update").ToListAsync(cancellationToken) is [var owner] ? owner : null;

    private async Task<bool> EndAsync(Guid server, Guid user, IQueryable<Member> among, CancellationToken cancellationToken)
    {
        if (await among.Where(member => member.Server == server && member.User == user).ExecuteDeleteAsync(cancellationToken) == 0
            || await changes.RaiseAsync(server, members: -1, cancellationToken) is not { } rev)
        {
            return false;
        }

        var (delta, now) = (new ModelDelta(server, rev).WithoutMember(user), time.GetUtcNow());
        var ended = await PersonalAccess.EndAsync(db, delta, [user], now, cancellationToken);
        changes.Record(delta, new AccessLoss([user], Subject: user), [new MemberLeft { Server = server, Rev = rev, User = user, At = now }, .. ended]);
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    private async Task<Results<Ok<Left>, ProblemHttpResult>> GoneAsync(Guid server, Guid user, CancellationToken cancellationToken) =>
        await changes.AwaitsAnswerAsync(server, user, cancellationToken) ? TypedResults.Ok(new Left(server)) : ServerProblems.NotFound();

    internal sealed record Left(Guid Server);
}
