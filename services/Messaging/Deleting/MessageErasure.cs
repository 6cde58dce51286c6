using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Deleting;

/// <summary>Deletes messages under the lock of their channel: the text goes, with everything that hangs on it; the place stays, and so does a thread under it.</summary>
internal sealed class MessageErasure(MessagingDbContext db)
{
    /// <param name="rows">Tracked, not deleted yet.</param>
    /// <param name="by">Who does it; null when a ban does.</param>
    public async Task EraseAsync(LockedChannel channel, IReadOnlyCollection<MessageRow> rows, Guid? by, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            (row.Content, row.DeletedAt, row.PinnedAt, row.PinnedBy) = ("", channel.Now, null, null);
            row.Parts = row.Parts?.Thread is { } thread ? new MessageParts { Thread = thread } : null;
            channel.Change(row, message => ChangeEvents.Deleted(message, by, channel.Now));
        }

        var places = rows.Select(row => row.Seq).ToArray();
        await db.Mentions.Where(mention => mention.Channel == channel.Id && places.Contains(mention.Seq)).ExecuteDeleteAsync(cancellationToken);
        await db.Reactions.Where(reaction => reaction.Channel == channel.Id && places.Contains(reaction.Seq)).ExecuteDeleteAsync(cancellationToken);
        await db.PollVotes.Where(vote => vote.Channel == channel.Id && places.Contains(vote.Seq)).ExecuteDeleteAsync(cancellationToken);
        await db.OpenPolls.Where(poll => poll.Channel == channel.Id && places.Contains(poll.Seq)).ExecuteDeleteAsync(cancellationToken);
        await db.MessageEdits.Where(edit => edit.Channel == channel.Id && places.Contains(edit.Seq)).ExecuteDeleteAsync(cancellationToken);
    }
}
