using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Messages;
using Chat.Messaging.Threads;

namespace Chat.Messaging.Moderating;

/// <summary>Has the audit log of a channel's server know what somebody did to messages and threads there, in the transaction of the act. Conversations have none.</summary>
internal static class ModeratorActs
{
    /// <summary>Tells what was done to messages.</summary>
    /// <param name="what">One of <see cref="MessageModeration"/>.</param>
    /// <param name="reason">Why, if they said.</param>
    public static void Tell(ChannelAct act, string what, IReadOnlyCollection<MessageRow> rows, string? reason) =>
        Tell(act, what, [.. rows.Select(row => row.Id)], [.. rows.Select(row => row.Author).Distinct()], reason, told => told);

    /// <summary>Tells that reactions to a message were removed.</summary>
    /// <param name="emoji">Null: all kinds.</param>
    /// <param name="user">Whose; null: everybody's.</param>
    /// <param name="count">How many.</param>
    public static void TellReactions(ChannelAct act, MessageRow row, string? emoji, Guid? user, int count, string? reason) =>
        Tell(act, MessageModeration.ReactionsRemoved, [row.Id], [row.Author], reason, told => told with { Emoji = emoji, User = user, Reactions = count });

    /// <summary>Tells what was done to a thread, whose channel the act has locked.</summary>
    /// <param name="formerName">What it was called before, if it was renamed.</param>
    public static void TellThread(ChannelAct act, string what, ThreadRow thread, string? reason, string? formerName = null) =>
        Tell(act, what, [thread.Message], [thread.Creator], reason, told => told with { Name = thread.Name, FormerName = formerName });

    private static void Tell(ChannelAct act, string what, Guid[] messages, Guid[] authors, string? reason, Func<MessagesModerated, MessagesModerated> with)
    {
        var channel = act.Channel;
        if (channel.OfConversation || channel.Server is not { } server)
            return;

        channel.Tell(with(new MessagesModerated
        {
            Id = Guid.CreateVersion7(channel.Now),
            Server = server,
            Channel = channel.Parent ?? channel.Id,
            Thread = channel.Parent is null ? null : channel.Id,
            Act = what,
            Messages = messages,
            Authors = authors,
            By = act.Caller.Id,
            Reason = reason,
            At = channel.Now,
        }));
    }
}
