using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Polls;

/// <summary>Closes polls, under the lock of their channel.</summary>
internal sealed class PollEnd(MessagingDbContext db)
{
    /// <summary>Closes the poll of a tracked message; one that is closed stays as it is. It ended at its time at the latest, however late that is noted.</summary>
    /// <param name="by">Who closes it; null: time does.</param>
    public async Task CloseAsync(LockedChannel channel, MessageRow row, Guid? by, CancellationToken cancellationToken)
    {
        if (row.Parts is not { Poll: { ClosedAt: null } poll } parts)
            return;

        row.Parts = parts with { Poll = poll with { ClosedAt = channel.Now < poll.ClosesAt ? channel.Now : poll.ClosesAt } };
        channel.Change(row, message => Event(message, by, closed: true, channel.Now));
        await db.OpenPolls.Where(open => open.Channel == row.Channel && open.Seq == row.Seq).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>Tells of a vote or a closing.</summary>
    public static PollChanged Event(Message message, Guid? user, bool closed, DateTimeOffset at) => new()
    {
        Channel = message.Channel,
        Rev = message.Rev,
        Message = message.Id,
        User = user,
        Closed = closed,
        Body = ChangeEvents.Body(message),
        At = at,
    };
}
