using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Relations;

/// <summary>Writes friendships, as <see cref="BlockWriter"/> does blocks. The two people may be named in either order. Who become friends need not ask to talk any more.</summary>
internal sealed class FriendshipWriter(MessagingDbContext db, MessageRequests requests, Outbox outbox)
{
    /// <summary>The two are friends as of this revision.</summary>
    /// <returns>Whether this was news.</returns>
    public Task<bool> SetAsync(Guid user, Guid other, long rev, CancellationToken cancellationToken) => WriteAsync(user, other, rev, active: true, cancellationToken);

    /// <summary>The friendship ended with this revision.</summary>
    /// <returns>Whether this was news.</returns>
    public Task<bool> EndAsync(Guid user, Guid other, long rev, CancellationToken cancellationToken) => WriteAsync(user, other, rev, active: false, cancellationToken);

    private async Task<bool> WriteAsync(Guid user, Guid other, long rev, bool active, CancellationToken cancellationToken)
    {
        var (a, b) = user.CompareTo(other) < 0 ? (user, other) : (other, user);
        await using var transaction = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(cancellationToken) : null;
        await PairLock.TakeAsync(db, user, [other], cancellationToken);
        var news = await db.Database.ExecuteSqlAsync(
            $"""
            insert into friendships (a, b, rev, active) values ({a}, {b}, {rev}, {active})
            on conflict (a, b) do update set rev = excluded.rev, active = excluded.active
            where friendships.rev < excluded.rev
            """,
            cancellationToken) > 0;
        if (news && active)
            await requests.AgreeBetweenAsync(a, b, cancellationToken);
        if (transaction is not null)
            await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return news;
    }
}
