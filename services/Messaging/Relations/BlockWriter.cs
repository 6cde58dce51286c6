using Chat.Messaging.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Relations;

/// <summary>Writes blocks: one statement, within the context's transaction if there is one. What is not newer than the row changes nothing, so each may be said often and late.</summary>
internal sealed class BlockWriter(MessagingDbContext db)
{
    /// <summary>The block stands as of this revision.</summary>
    /// <returns>Whether this was news.</returns>
    public Task<bool> SetAsync(Guid blocker, Guid blocked, long rev, CancellationToken cancellationToken) => WriteAsync(blocker, blocked, rev, active: true, cancellationToken);

    /// <summary>The block ended with this revision.</summary>
    /// <returns>Whether this was news.</returns>
    public Task<bool> EndAsync(Guid blocker, Guid blocked, long rev, CancellationToken cancellationToken) => WriteAsync(blocker, blocked, rev, active: false, cancellationToken);

    private async Task<bool> WriteAsync(Guid blocker, Guid blocked, long rev, bool active, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into blocks (blocker, blocked, rev, active) values ({blocker}, {blocked}, {rev}, {active})
            on conflict (blocker, blocked) do update set rev = excluded.rev, active = excluded.active
            where blocks.rev < excluded.rev
            """,
            cancellationToken) > 0;
}
