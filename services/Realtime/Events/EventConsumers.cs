using System.Text.Json;
using Chat.Contracts;
using Chat.Realtime.Channels;
using Chat.Realtime.Sockets;
using MassTransit;

namespace Chat.Realtime.Events;

/// <summary>Everything this replica's queue brings, one event at a time in the order of the queue: none of this may wait for anything.</summary>
internal sealed class EventConsumers(ChannelFeeds feeds, OpenSockets sockets, LostAccess lost, EndedSessions ended)
    : IConsumer<MessageSent>, IConsumer<MessageEdited>, IConsumer<MessageDeleted>, IConsumer<MessagePinned>, IConsumer<ReactionsChanged>, IConsumer<PollChanged>, IConsumer<ThreadChanged>,
        IConsumer<ReadStateChanged>, IConsumer<ConversationChanged>, IConsumer<AccessLost>, IConsumer<SessionRevoked>
{
    public Task Consume(ConsumeContext<MessageSent> context) => OfferAsync("message.sent", context.Message);

    public Task Consume(ConsumeContext<MessageEdited> context) => OfferAsync("message.edited", context.Message);

    public Task Consume(ConsumeContext<MessageDeleted> context) => OfferAsync("message.deleted", context.Message);

    public Task Consume(ConsumeContext<MessagePinned> context) => OfferAsync("message.pinned", context.Message);

    public Task Consume(ConsumeContext<ReactionsChanged> context) => OfferAsync("reactions.changed", context.Message);

    public Task Consume(ConsumeContext<PollChanged> context) => OfferAsync("poll.changed", context.Message);

    public Task Consume(ConsumeContext<ThreadChanged> context) => OfferAsync("thread.changed", context.Message);

    public Task Consume(ConsumeContext<ReadStateChanged> context)
    {
        var changed = context.Message;
        return TellAsync([changed.User], "read_state.changed", changed.Channel, changed.Body);
    }

    public Task Consume(ConsumeContext<ConversationChanged> context)
    {
        var changed = context.Message;
        return TellAsync(changed.Users, "conversation.changed", changed.Conversation, changed.Body);
    }

    public Task Consume(ConsumeContext<AccessLost> context)
    {
        var loss = context.Message;
        // First, so that a subscription whose server is not known yet finds it.
        lost.Add(loss.Server, loss.Rev);
        if (loss.Users is null)
            feeds.Doubt(loss.Server, loss.Channel);
        else
            foreach (var client in loss.Users.SelectMany(sockets.Of))
                feeds.Doubt(loss.Server, loss.Channel, client);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<SessionRevoked> context)
    {
        var revoked = context.Message;
        ended.Add(revoked.Session);
        foreach (var client in sockets.Of(revoked.User))
        {
            if (client.Owner.Session == revoked.Session)
                client.Close(SocketClose.SessionRevoked);
        }
        return Task.CompletedTask;
    }

    private Task OfferAsync(string type, IMessageEvent change)
    {
        // Serialised only where somebody listens.
        feeds.Find(change.Channel)?.Offer(ChannelEvent.From(change.Channel, type, change.Rev, change.Body, change.At));
        return Task.CompletedTask;
    }

    /// <summary>What concerns people and not a channel's log: it may be lost, and REST has it.</summary>
    private Task TellAsync(IReadOnlyList<Guid> users, string type, Guid channel, JsonElement? data)
    {
        ReadOnlyMemory<byte>? frame = null;
        foreach (var client in users.SelectMany(sockets.Of))
            client.Tell(frame ??= Frames.Of(type, channel, data));
        return Task.CompletedTask;
    }
}
