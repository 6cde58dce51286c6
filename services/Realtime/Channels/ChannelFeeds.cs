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

    /// <summary>Rights were lost: nothing of the server, or of the one channel, goes to those concerned until the permissions were asked again. Waits for nothing.</summary>
    /// <param name="channel">Its threads are concerned too. Null: any of the server's.</param>
    public void Doubt(Guid server, Guid? channel)
    {
        if (channel is { } one)
            Find(one)?.Doubt(server);
        foreach (var feed in All)
        {
            if (channel is null || feed.HangsIn(channel.Value))
                feed.Doubt(server);
        }
    }

    /// <summary>As <see cref="Doubt(Guid, Guid?)"/>, for one socket.</summary>
    public void Doubt(Guid server, Guid? channel, ClientSocket client)
    {
        foreach (var subscription in client.Subscriptions.Values)
        {
            if (subscription.Server == server && (channel is null || channel == subscription.Channel || channel == subscription.Parent))
                Find(subscription.Channel)?.Doubt(server, subscription);
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
