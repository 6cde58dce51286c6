using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Lifecycle;

/// <summary>
/// Ends everything that authenticates as an account or as one of its bots: a bot works only while its owner's account is active (see <see cref="SessionOpening.HoldAsync(Guid, string?, CancellationToken)"/>).
/// </summary>
internal sealed class AccountAccess(IdentityDb db, SessionEnding ending, TimeProvider clock)
{
    /// <summary>Runs within the caller's transaction, in which it holds the account. The caller saves, commits, then calls <see cref="SettleAsync"/>.</summary>
    public async Task<EndedAccess> EndAsync(Guid account, CancellationToken cancellation)
    {
        // The bots' rows are held as well: none can be signed in to between here and the commit.
        var bots = await db.Database.SqlQuery<Guid>($"""select id as "Value" from accounts where owner_id = {account} order by id for no key update""").ToListAsync(cancellation);
        List<Guid> accounts = [account, .. bots];

        // Those revoked lately are announced again, so that repeating a request answered 503 finishes it.
        var lately = clock.GetUtcNow() - RevokedSessions.KeptFor;
        var earlier = await db.Sessions.Where(s => accounts.Contains(s.AccountId) && s.RevokedAt > lately).ToListAsync(cancellation);
        var marked = new List<Session>();
        foreach (var one in accounts)
            marked.AddRange(await ending.MarkAllAsync(one, except: null, kinds: null, cancellation));
        return new EndedAccess(marked, earlier);
    }

    /// <summary>Waits until every service knows.</summary>
    /// <returns>False when Redis or RabbitMQ did not confirm in time; they will be told all the same.</returns>
    public async Task<bool> SettleAsync(EndedAccess ended, CancellationToken cancellation)
    {
        var settled = await Task.WhenAll(ended.Now.Concat(ended.Earlier).GroupBy(s => s.AccountId).Select(one => ending.SettleAsync(one.Key, [.. one], cancellation)));
        return settled.All(done => done);
    }
}

/// <summary>What was ended just now, and what had ended shortly before.</summary>
internal sealed record EndedAccess(IReadOnlyList<Session> Now, IReadOnlyList<Session> Earlier)
{
    public static EndedAccess Nothing { get; } = new([], []);
}
