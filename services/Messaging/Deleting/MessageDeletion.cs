using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Reading;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Deleting;

/// <summary>Deletes messages on nobody's request, so that their places stay: the channel's log and subscribers learn of each at a revision of its own.</summary>
internal sealed class MessageDeletion(MessagingDbContext db, MessageErasure erasure, Outbox outbox, TimeProvider clock)
{
    /// <summary>Deletes the messages at these places of a channel, in one transaction. Those that are deleted already, and places without a message, are passed over.</summary>
    public async Task DeleteAsync(Guid channel, IReadOnlyCollection<long> places, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await LockedChannel.LockAsync(db, channel, clock, cancellationToken) is not { } locked)
            return;

        var rows = await db.Messages.At(channel, [.. places]).Where(message => message.DeletedAt == null)
            .OrderBy(message => message.Seq).ToListAsync(cancellationToken);
        if (rows.Count == 0)
            return;

        await erasure.EraseAsync(locked, rows, by: null, cancellationToken);
        await locked.SaveAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
        outbox.Wake();
    }
}
