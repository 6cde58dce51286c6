using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Moderating;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Pins;

/// <summary>
/// Pins messages and unpins them, under the lock of the channel. In servers' channels and their threads this needs ManageMessages; in conversations and theirs, whoever may write may;
/// in a locked thread only who manages threads besides.
/// A pinned message that is deleted is pinned no more (<see cref="Deleting.MessageErasure"/>).
/// </summary>
internal sealed class MessagePins(MessagingDbContext db, ChannelActs acts)
{
    /// <summary>Pinned at the same time in one channel.</summary>
    public const int Max = 50;

    public Task<Results<NoContent, ProblemHttpResult>> PinAsync(Guid channel, Guid message, AuditReason reason, Caller caller, CancellationToken cancellationToken) => acts.DoAsync(
        channel,
        caller,
        Permissions.ViewChannel,
        async (act, ct) =>
        {
            if (Refuse(act) is { } refused)
                return refused;
            if (reason.Error is { } invalid)
                return Problems.Validation(invalid);
            if (await act.Channel.FindAsync(message, ct) is not { DeletedAt: null } row)
                return ChannelActs.MessageNotFound();
            if (row.Kind != MessageKind.Text)
                return Problems.Unprocessable("not_pinnable", "Only what people said can be pinned.");
            if (row.PinnedAt is not null)
                return null;

            var pinned = await db.Messages.Where(other => other.Channel == channel && other.PinnedAt != null).Select(other => other.PinnedAt).ToListAsync(ct);
            if (pinned.Count >= Max)
                return Problems.Conflict("too_many_pins", $"A channel has at most {Max} pinned messages. Unpin one first.");

            // Later than every other, whatever the clocks of two replicas say: the list is in this order.
            var earliest = pinned.Max()?.AddMilliseconds(1);
            (row.PinnedAt, row.PinnedBy) = (earliest > act.Channel.Now ? earliest : act.Channel.Now, caller.Id);
            act.Channel.Change(row, changed => Event(changed, pinned: true, act));
            act.Channel.Append(MessageKind.MessagePinned, act.Author, new SystemNote(Message: row.Id));
            ModeratorActs.Tell(act, MessageModeration.Pinned, [row], reason.Text);
            return null;
        },
        cancellationToken);

    public Task<Results<NoContent, ProblemHttpResult>> UnpinAsync(Guid channel, Guid message, AuditReason reason, Caller caller, CancellationToken cancellationToken) => acts.DoAsync(
        channel,
        caller,
        Permissions.ViewChannel,
        async (act, ct) =>
        {
            if (Refuse(act) is { } refused)
                return refused;
            if (reason.Error is { } invalid)
                return Problems.Validation(invalid);
            if (await act.Channel.FindAsync(message, ct) is not { } row)
                return ChannelActs.MessageNotFound();
            if (row.PinnedAt is null)
                return null;

            (row.PinnedAt, row.PinnedBy) = (null, null);
            act.Channel.Change(row, changed => Event(changed, pinned: false, act));
            ModeratorActs.Tell(act, MessageModeration.Unpinned, [row], reason.Text);
            return null;
        },
        cancellationToken);

    private static ProblemHttpResult? Refuse(ChannelAct act) =>
        act.Shut ?? (act.Allows(act.Channel.OfConversation ? Permissions.SendMessages : Permissions.ManageMessages) ? null : ChannelActs.MissingPermission());

    private static MessagePinned Event(Message message, bool pinned, ChannelAct act) => new()
    {
        Channel = message.Channel,
        Rev = message.Rev,
        Message = message.Id,
        Pinned = pinned,
        By = act.Caller.Id,
        Body = ChangeEvents.Body(message),
        At = act.Channel.Now,
    };
}
