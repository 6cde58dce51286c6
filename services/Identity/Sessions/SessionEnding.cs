using Chat.Contracts;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Sessions;

/// <summary>
/// Ends sessions so that the end holds everywhere (promise G4): committed, in the revoked set that every service reads, and in every queue before whatever is
/// published later.
/// </summary>
internal sealed class SessionEnding(IdentityDb db, RevokedSessions revoked, Outbox outbox, TimeProvider clock)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>The sessions have ended here, but Redis or RabbitMQ did not answer in time; repeating the request waits for them again.</summary>
    public static ProblemHttpResult NotYetEffective() =>
        Problems.Unavailable("not_yet_effective", "The session has ended, but not every service knows yet.", RetryAfter);

    /// <returns>False when not every service knows yet.</returns>
    public async Task<bool> EndAsync(Guid account, IReadOnlyList<Guid> ids, CancellationToken cancellation)
    {
        List<Session> sessions;
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellation))
        {
            // Held, so that what these sessions are doing at this moment is done before, or not at all (SessionOpening.HoldAsync).
            await db.LockAccountAsync(account, cancellation);
            sessions = await db.Sessions.Where(s => s.AccountId == account && ids.Contains(s.Id)).ToListAsync(cancellation);
            Mark(sessions.Where(s => s.RevokedAt is null));
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }

        // A repeated request does both again: the first may have ended between them.
        return await SettleAsync(account, sessions, cancellation);
    }

    /// <summary>
    /// Marks everything that authenticates as the account, of the given kinds or all, within the caller's transaction, in which it holds the account
    /// (<see cref="SessionOpening.HoldAsync(Guid, string?, CancellationToken)"/>): none can be opened in between. The caller saves, commits, then calls <see cref="SettleAsync"/>.
    /// </summary>
    public async Task<IReadOnlyList<Session>> MarkAllAsync(Guid account, Guid? except, IReadOnlyList<SessionKind>? kinds, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var sessions = await db.Sessions
            .Where(s => s.AccountId == account && s.Id != except && s.RevokedAt == null && s.ExpiresAt > now && (kinds == null || kinds.Contains(s.Kind)))
            .ToListAsync(cancellation);
        Mark(sessions);
        return sessions;
    }

    /// <summary>Waits until every service knows of sessions that were marked and committed.</summary>
    /// <returns>False when Redis or RabbitMQ did not confirm in time; they will be told all the same.</returns>
    public async Task<bool> SettleAsync(Guid account, IReadOnlyCollection<Session> sessions, CancellationToken cancellation)
    {
        if (sessions.Count == 0)
            return true;

        var announced = AnnounceAsync(sessions);
        var published = await outbox.PublishedAsync(account.ToString(), cancellation);
        return await announced && published;
    }

    /// <summary>Marks sessions and adds their events; the caller saves, then calls <see cref="AnnounceAsync"/>.</summary>
    public void Mark(IEnumerable<Session> sessions)
    {
        var now = clock.GetUtcNow();
        foreach (var session in sessions)
        {
            session.RevokedAt = now;
            db.Add(OutboxMessage.From(new SessionRevoked { Session = session.Id, User = session.AccountId, At = now }, session.AccountId.ToString()));
        }
    }

    /// <returns>False when Redis could not be written; <see cref="RevokedSessionsUpkeep"/> will.</returns>
    public async Task<bool> AnnounceAsync(IReadOnlyCollection<Session> sessions)
    {
        outbox.Wake();
        return await revoked.TryAddAsync([.. sessions.Select(s => s.Id)]);
    }
}
