using Chat.Messaging.Data;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Threads;

/// <summary>Lets threads rest in which nothing was said for their time, and opens one again in which something is to be said.</summary>
internal sealed class ThreadRest(MessagingDbContext db, Outbox outbox, TimeProvider clock)
{
    /// <summary>Threads looked up at once; each is a transaction of its own.</summary>
    private const int AtOnce = 100;

    /// <summary>Archives what is due, <see cref="AtOnce"/> at most.</summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> ArchiveDueAsync(CancellationToken cancellationToken)
    {
        var due = await db.Threads.AsNoTracking().Where(thread => thread.DeletedAt == null && thread.ArchivedAt == null && thread.DueAt <= clock.GetUtcNow())
            .OrderBy(thread => thread.DueAt).Select(thread => thread.Id).Take(AtOnce).ToListAsync(cancellationToken);
        foreach (var thread in due)
            await RestAsync(thread, archived: true, cancellationToken);
        return due.Count == AtOnce;
    }

    /// <summary>Ends the rest of a thread, so that something can be said in it.</summary>
    public Task ReopenAsync(Guid thread, CancellationToken cancellationToken) => RestAsync(thread, archived: false, cancellationToken);

    private async Task RestAsync(Guid id, bool archived, CancellationToken cancellationToken)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await LockedThread.LockAsync(db, id, clock, cancellationToken) is not { } thread)
            return;
        // Something may have been said since it was found due.
        if (archived && thread.Row.DueAt > clock.GetUtcNow() || !await thread.RestAsync(archived, cancellationToken))
            return;
        await thread.ShowAsync(thread.Link(thread.Channel.Locked), cancellationToken);
        await thread.Parent.SaveAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }
}
