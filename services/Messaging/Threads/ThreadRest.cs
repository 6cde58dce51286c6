using Chat.Messaging.Data;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Messaging.Threads;

/// <summary>Lets threads rest in which nothing was said for their time, and opens one again in which something is to be said.</summary>
internal sealed class ThreadRest(MessagingDbContext db, Outbox outbox, TimeProvider clock, ILogger<ThreadRest> logger)
{
    /// <summary>Threads looked up at once; each is a transaction of its own.</summary>
    private const int AtOnce = 100;

    /// <summary>Archives what is due. One that cannot be archived is left for the next time and does not hinder the others.</summary>
    public async Task ArchiveDueAsync(CancellationToken cancellationToken)
    {
        var last = new DueThread(DateTimeOffset.UnixEpoch, Guid.Empty);
        while (await DueAsync(last, cancellationToken) is { Count: > 0 } due)
        {
            foreach (var thread in due)
            {
                try
                {
                    await RestAsync(thread.Id, archived: true, cancellationToken);
                }
                catch (Exception e) when (e is NpgsqlException or DbUpdateException or TimeoutException)
                {
                    logger.LogWarning("The thread {Thread} is not archived this time: {Reason}", thread.Id, e.Message);
                }
            }

            last = due[^1];
        }
    }

    /// <summary>Ends the rest of a thread, so that something can be said in it.</summary>
    public Task ReopenAsync(Guid thread, CancellationToken cancellationToken) => RestAsync(thread, archived: false, cancellationToken);

    private Task<List<DueThread>> DueAsync(DueThread after, CancellationToken cancellationToken) =>
        db.Threads.AsNoTracking()
            .Where(thread => thread.DeletedAt == null && thread.ArchivedAt == null && thread.DueAt <= clock.GetUtcNow()
                && EF.Functions.GreaterThan(ValueTuple.Create(thread.DueAt, thread.Id), ValueTuple.Create(after.DueAt, after.Id)))
            .OrderBy(thread => thread.DueAt).ThenBy(thread => thread.Id)
            .Select(thread => new DueThread(thread.DueAt, thread.Id))
            .Take(AtOnce)
            .ToListAsync(cancellationToken);

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

    private sealed record DueThread(DateTimeOffset DueAt, Guid Id);
}
