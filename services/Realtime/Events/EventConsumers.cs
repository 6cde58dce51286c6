using Chat.Contracts;
using Chat.Realtime.Channels;
using Chat.Realtime.Sockets;
using MassTransit;

namespace Chat.Realtime.Events;

/// <summary>Everything this replica's queue brings, one event at a time in the order of the queue: none of this may wait for anything.</summary>
internal sealed class EventConsumers(ChannelFeeds feeds, OpenSockets sockets, LostAccess lost, EndedSessions ended)
    : IConsumer<MessageSent>, IConsumer<MemberLeft>, IConsumer<MemberJoined>, IConsumer<SessionRevoked>
{
    public Task Consume(ConsumeContext<MessageSent> context)
    {
        var sent = context.Message;
        // Serialised only where somebody listens.
        feeds.Find(sent.Channel)?.Offer(ChannelEvent.From(sent.Channel, "message.sent", sent.Rev, sent.Body, sent.At));
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<MemberLeft> context)
    {
        var left = context.Message;
        lost.Left(left.Server, left.User, left.Rev);
        foreach (var client in sockets.Of(left.User))
            feeds.Lose(left.Server, client);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<MemberJoined> context)
    {
        lost.Joined(context.Message.Server, context.Message.User, context.Message.Rev);
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
