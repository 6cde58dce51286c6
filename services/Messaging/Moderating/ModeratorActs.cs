using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Messages;

namespace Chat.Messaging.Moderating;

/// <summary>Has the audit log of a channel's server know what somebody did to messages there. Conversations have none.</summary>
internal static class ModeratorActs
{
    /// <summary>Tells it in the transaction of the act.</summary>
    /// <param name="what">One of <see cref="MessageModeration"/>.</param>
    /// <param name="reason">Why, if they said.</param>
    public static void Tell(ChannelAct act, string what, IReadOnlyCollection<MessageRow> rows, string? reason)
    {
        var channel = act.Channel;
        if (channel.OfConversation || channel.Server is not { } server)
            return;

        channel.Tell(new MessagesModerated
        {
            Id = Guid.CreateVersion7(channel.Now),
            Server = server,
            Channel = channel.Parent ?? channel.Id,
            Thread = channel.Parent is null ? null : channel.Id,
            Act = what,
            Messages = [.. rows.Select(row => row.Id)],
            Authors = [.. rows.Select(row => row.Author).Distinct()],
            By = act.Caller.Id,
            Reason = reason,
            At = channel.Now,
        });
    }
}
