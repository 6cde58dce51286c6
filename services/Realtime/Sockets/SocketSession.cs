using Chat.Realtime.Channels;
using Chat.ServiceDefaults;

namespace Chat.Realtime.Sockets;

/// <summary>The conversation with one client: hello, identify, ready, then its frames until it or we close.</summary>
internal sealed class SocketSession(
    ClientSocket client, ChannelFeeds feeds, Entitlement entitlement, RealtimeOptions options, TimeProvider time)
{
    private readonly FrameReader _reader = new(client, options.FrameBytes);
    private readonly FrameAllowance _allowance = new(options.FramesPerMinute, time);

    public async Task RunAsync()
    {
        client.Tell(Frames.Hello(options));
        while (client.Closing is null && await _reader.NextAsync() is { } frame)
        {
            if (frame is ClientFrame.Malformed malformed)
                client.Close(SocketClose.BadFrame("malformed_frame", malformed.Message));
            else if (!_allowance.Take())
                Refuse();
            else if (client.Identified)
                Accept(frame);
            else
                await IdentifyAsync(frame);
        }
        // Until the client has answered our close or Inspect has cut the connection.
        while (await _reader.NextAsync() is not null)
        {
        }
    }

    private void Refuse()
    {
        if (_allowance.Refused > _allowance.Patience)
            client.Close(SocketClose.TooMany("rate_limited", "Too many frames."));
        else
            client.Tell(Frames.Error("rate_limited", $"At most {options.FramesPerMinute} frames a minute; this one was ignored."));
    }

    private async Task IdentifyAsync(ClientFrame frame)
    {
        if (frame is not ClientFrame.Identify)
        {
            client.Close(SocketClose.Unauthenticated("not_identified", "The first frame must be identify."));
            return;
        }
        try
        {
            // An event that came before this socket was known is remembered; one that comes from here on closes the socket.
            if (!await entitlement.SessionStandsAsync(client, client.Gone))
                return;
        }
        catch (Exception exception) when (exception is ServiceUnavailableException or TimeoutException or OperationCanceledException)
        {
            client.Close(SocketClose.Draining(options.ReconnectWithin * Random.Shared.NextDouble()));
            return;
        }
        client.Tell(Frames.Ready(client.Owner));
        client.Identified = true;
    }

    private void Accept(ClientFrame frame)
    {
        switch (frame)
        {
            case ClientFrame.Heartbeat:
                client.Tell(Frames.HeartbeatAck);
                break;
            case ClientFrame.Subscribe subscribe:
                foreach (var wanted in subscribe.Channels)
                    Subscribe(wanted);
                break;
            case ClientFrame.Unsubscribe unsubscribe:
                Unsubscribe(unsubscribe.Channel);
                break;
            case ClientFrame.Identify:
                client.Tell(Frames.Error("already_identified", "This socket has identified.", "identify"));
                break;
            case ClientFrame.Refused refused:
                client.Tell(Frames.Error(refused.Code, refused.Message, refused.Of));
                break;
        }
    }

    private void Subscribe(Wanted wanted)
    {
        if (client.Subscriptions.ContainsKey(wanted.Channel))
            client.Tell(Frames.Error("already_subscribed", "Unsubscribe first.", "subscribe", wanted.Channel));
        else if (client.Subscriptions.Count >= options.SubscriptionsPerSocket)
            client.Tell(Frames.Error("too_many_subscriptions", $"At most {options.SubscriptionsPerSocket} channels a socket.", "subscribe", wanted.Channel));
        else
            feeds.Subscribe(client, wanted.Channel, wanted.Rev);
    }

    private void Unsubscribe(Guid channel)
    {
        if (client.Subscriptions.TryGetValue(channel, out var subscription) && feeds.End(subscription))
            client.Tell(Frames.Unsubscribed(channel, "requested"));
        else
            client.Tell(Frames.Error("not_subscribed", "The channel is not subscribed.", "unsubscribe", channel));
    }
}
