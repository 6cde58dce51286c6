using Chat.Messaging.Conversations;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Relations;

/// <summary>
/// Writes blocks, within the context's transaction if there is one. What is not newer than the row changes nothing, so each may be said often and late. A block takes from both the
/// right to write in their conversation: the fence of it rises in the same transaction, and a conversation that one of them is beginning waits.
/// </summary>
internal sealed class BlockWriter(MessagingDbContext db, ConversationActs conversations, Outbox outbox)
{
    /// <summary>The block stands as of this revision.</summary>
    /// <returns>Whether this was news.</returns>
    public Task<bool> SetAsync(Guid blocker, Guid blocked, long rev, CancellationToken cancellationToken) => WriteAsync(blocker, blocked, rev, active: true, cancellationToken);

    /// <summary>The block ended with this revision.</summary>
    /// <returns>Whether this was news.</returns>
    public Task<bool> EndAsync(Guid blocker, Guid blocked, long rev, CancellationToken cancellationToken) => WriteAsync(blocker, blocked, rev, active: false, cancellationToken);

    private async Task<bool> WriteAsync(Guid blocker, Guid blocked, long rev, bool active, CancellationToken cancellationToken)
    {
        await using var transaction = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(cancellationToken) : null;
        await PairLock.TakeAsync(db, blocker, [blocked], cancellationToken);
        var news = await db.Database.ExecuteSqlAsync(
            $"""
            insert into blocks (blocker, blocked, rev, active) values ({blocker}, {blocked}, {rev}, {active})
            on conflict (blocker, blocked) do update set rev = excluded.rev, active = excluded.active
            where blocks.rev < excluded.rev
            """,
            cancellationToken) > 0;
        if (news && active)
            await FenceAsync(blocker, blocked, cancellationToken);
        if (transaction is not null)
            await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return news;
    }

    private async Task FenceAsync(Guid blocker, Guid blocked, CancellationToken cancellationToken)
    {
        var (low, high) = blocker.CompareTo(blocked) < 0 ? (blocker, blocked) : (blocked, blocker);
        foreach (var conversation in await db.Conversations.Where(row => row.Low == low && row.High == high).Select(row => row.Id).ToListAsync(cancellationToken))
        {
            await conversations.JoinAsync(
                conversation,
                new Author(blocker, "", ""),
                takesRights: true,
                (act, _) =>
                {
                    act.Losers.UnionWith([blocker, blocked]);
                    return Task.FromResult<ProblemHttpResult?>(null);
                },
                cancellationToken);
        }
    }
}
