using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Threads;

/// <summary>A thread and the channel it hangs in, both locked until the transaction ends, with its row, tracked.</summary>
internal sealed record LockedThread(MessagingDbContext Db, LockedChannel Channel, LockedChannel Parent, ThreadRow Row)
{
    /// <summary>Locks both within the context's transaction, in the order of their ids; null when there is no such thread.</summary>
    public static async Task<LockedThread?> LockAsync(MessagingDbContext db, Guid thread, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await ParentAsync(db, thread, cancellationToken) is not { } parent)
            return null;
        await LockedChannel.HoldAsync(db, [thread, parent], cancellationToken);
        return await LockedChannel.LockAsync(db, thread, clock, cancellationToken) is { } channel ? await WithAsync(db, channel, clock, cancellationToken) : null;
    }

    /// <summary>The same, where the rows of both are locked already.</summary>
    public static async Task<LockedThread?> WithAsync(MessagingDbContext db, LockedChannel channel, TimeProvider clock, CancellationToken cancellationToken) =>
        await db.Threads.SingleOrDefaultAsync(row => row.Id == channel.Id && row.DeletedAt == null, cancellationToken) is { } row
        && await LockedChannel.LockAsync(db, row.Parent, clock, cancellationToken) is { } parent
            ? new LockedThread(db, channel, parent, row)
            : null;

    /// <summary>The channel that a thread hangs in; null when there is no such thread.</summary>
    public static async Task<Guid?> ParentAsync(MessagingDbContext db, Guid thread, CancellationToken cancellationToken) =>
        await db.Threads.Where(row => row.Id == thread && row.DeletedAt == null).Select(row => (Guid?)row.Parent).SingleOrDefaultAsync(cancellationToken);

    /// <summary>Has the message that the thread hangs under say how the thread is now, as a change of the parent.</summary>
    /// <param name="link">What is shown of the thread; null: there is none any more.</param>
    public async Task ShowAsync(ThreadLink? link, CancellationToken cancellationToken)
    {
        // The place of a message stays as long as its channel.
        if (await Parent.FindAsync(Row.Message, cancellationToken) is not { } message || message.Parts?.Thread == link)
            return;
        message.Parts = (message.Parts ?? new MessageParts()) with { Thread = link };
        Parent.Change(message, changed => Changed(Row.Id, changed, Parent.Now));
    }

    public ThreadLink Link(bool locked) => new(Row.Id, Row.Name, Row.ArchivedAt, locked ? true : null);

    /// <summary>Makes it rest, or ends that; returns whether that is news.</summary>
    public async Task<bool> RestAsync(bool archived, CancellationToken cancellationToken)
    {
        if (Row.ArchivedAt is not null == archived)
            return false;
        Row.ArchivedAt = archived ? Channel.Now : null;
        if (!archived)
            Row.DueAt = Channel.Now.AddSeconds(Row.ArchiveAfter);
        await Db.Channels.Where(row => row.Id == Row.Id).ExecuteUpdateAsync(row => row.SetProperty(channel => channel.Archived, archived), cancellationToken);
        return true;
    }

    public static ThreadChanged Changed(Guid thread, Message message, DateTimeOffset at) =>
        new() { Channel = message.Channel, Rev = message.Rev, Message = message.Id, Thread = thread, Body = ChangeEvents.Body(message), At = at };
}
