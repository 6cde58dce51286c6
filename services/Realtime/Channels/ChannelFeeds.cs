using System.Collections.Concurrent;
using Chat.Realtime.Sockets;

namespace Chat.Realtime.Channels;

/// <summary>The channels that somebody here is subscribed to.</summary>
internal sealed class ChannelFeeds(CatchUp catchUp, GapFill gaps, RealtimeTelemetry telemetry)
{
    private readonly ConcurrentDictionary<Guid, ChannelFeed> _feeds = new();

    public IEnumerable<ChannelFeed> All => _feeds.Values;

    public ChannelFeed? Find(Guid channel) => _feeds.GetValueOrDefault(channel);

    /// <summary>Subscribes; the answer is sent to the socket in its own time. Called by the socket's reader alone.</summary>
    public void Subscribe(ClientSocket client, Guid channel, long? after)
    {
        var subscription = new Subscription(client, channel);
        client.Subscriptions[channel] = subscription;
        var feed = Join(subscription);
        catchUp.Start(feed, subscription, after);
    }

    public bool End(Subscription subscription) => Find(subscription.Channel)?.End(subscription) ?? false;

    /// <summary>The person left the server: all their subscriptions in it end now.</summary>
    public void Lose(Guid server, ClientSocket client)
    {
        foreach (var subscription in client.Subscriptions.Values)
        {
            if (subscription.Server == server)
                Find(subscription.Channel)?.Lose(subscription);
        }
    }

    public void EndAll(ClientSocket client)
    {
        foreach (var subscription in client.Subscriptions.Values)
            End(subscription);
    }

    private ChannelFeed Join(Subscription subscription)
    {
        while (true)
        {
            var feed = _feeds.GetOrAdd(subscription.Channel, channel => new ChannelFeed(channel, catchUp, gaps, telemetry, Retire));
            if (feed.TryJoin(subscription))
                return feed;
            // It has retired and is about to leave the table; do not wait for that.
            Retire(feed);
        }
    }

    private void Retire(ChannelFeed feed) => _feeds.TryRemove(KeyValuePair.Create(feed.Channel, feed));
}
