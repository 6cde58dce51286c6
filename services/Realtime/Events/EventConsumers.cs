using Chat.Contracts;
using Chat.Realtime.Channels;
using Chat.Realtime.Sockets;
using MassTransit;

namespace Chat.Realtime.Events;

/// <summary>Everything this replica's queue brings, one event at a time in the order of the queue: none of this may wait for anything.</summary>
internal sealed class EventConsumers(ChannelFeeds feeds, OpenSockets sockets, LostAccess lost, EndedSessions ended)
    : IConsumer<MessageSent>, IConsumer<MessageDeleted>, IConsumer<AccessLost>, IConsumer<SessionRevoked>
{
    public Task Consume(ConsumeContext<MessageSent> context)
    {
        var sent = context.Message;
        // Serialised only where somebody listens.
        feeds.Find(sent.Channel)?.Offer(ChannelEvent.From(sent.Channel, "message.sent", sent.Rev, sent.Body, sent.At));
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<MessageDeleted> context)
    {
        var deleted = context.Message;
        feeds.Find(deleted.Channel)?.Offer(ChannelEvent.From(deleted.Channel, "message.deleted", deleted.Rev, deleted.Body, deleted.At));
        return Task.CompletedTask;
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
}
