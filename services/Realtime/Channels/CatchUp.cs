using Chat.Realtime.Sockets;
using Chat.ServiceDefaults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Chat.Realtime.Channels;

/// <summary>Brings a subscription from what its client has to live, from the log, at the pace of its socket.</summary>
internal sealed class CatchUp(
    MessagingLog log, Entitlement entitlement, IOptions<RealtimeOptions> options, RealtimeTelemetry telemetry, TimeProvider time, ILogger<CatchUp> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>A new subscription. <paramref name="after"/> is the last revision the client has; null: it wants no past.</summary>
    public void Start(ChannelFeed feed, Subscription subscription, long? after) =>
        _ = RunAsync(feed, subscription, cancellation => PositionAsync(feed, subscription, after, cancellation));

    /// <summary>A live subscription whose socket had no room, or whose right must be asked again.</summary>
    public void Resume(ChannelFeed feed, Subscription subscription) =>
        _ = RunAsync(feed, subscription, cancellation => PositionAsync(feed, subscription, cancellation));

    /// <summary>Whether an authority or the log could not be asked, and may be asked again.</summary>
    public static bool IsAbsence(Exception exception) =>
        exception is HttpRequestException or TimeoutException or ServiceUnavailableException or RedisException;

    private async Task RunAsync(ChannelFeed feed, Subscription subscription, Func<CancellationToken, Task<bool>> position)
    {
        // Never on the caller's thread: it may hold the feed's lock, or be the bus.
        await Task.Yield();
        var client = subscription.Client;
        try
        {
            // The right comes first: somebody who has lost it and reads slowly is not sent what waits.
            await AskAsync(cancellation => EntitledAsync(feed, subscription, cancellation), client.Gone);
            await RoomAsync(client);
            var complete = !subscription.Ended && await AskAsync(position, client.Gone);
            while (!subscription.Ended && !feed.TryGoLive(subscription, complete))
            {
                // Rights were lost since it was asked; or there is something to send first.
                if (subscription.SkipsToNow || !subscription.Certain)
                    await AskAsync(cancellation => EntitledAsync(feed, subscription, cancellation), client.Gone);
                else
                    complete = await PageAsync(feed, subscription, client.Gone);
            }
        }
        catch (OperationCanceledException) when (client.Gone.IsCancellationRequested)
        {
            // The socket is closing, and its subscriptions end with it.
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Catching up on channel {Channel} failed", feed.Channel);
            client.Close(new SocketClose(1011, "The subscription failed."));
        }
    }

    /// <summary>Where a new subscription begins. True when that is the end of the log already.</summary>
    private async Task<bool> PositionAsync(ChannelFeed feed, Subscription subscription, long? after, CancellationToken cancellationToken)
    {
        if (after is { } known)
        {
            subscription.StartAt(known, has: true);
            return await PositionAsync(feed, subscription, cancellationToken);
        }
        subscription.SkipsToNow = true;
        // What was delivered here is where "from now" begins; only a feed without that needs the log.
        subscription.StartAt(feed.Last ?? await log.RevisionAsync(feed.Channel, cancellationToken), has: false);
        return true;
    }

    /// <summary>Where a subscription goes on. True when that is the end of the log already.</summary>
    private async Task<bool> PositionAsync(ChannelFeed feed, Subscription subscription, CancellationToken cancellationToken)
    {
        var cursor = subscription.Cursor;
        var last = feed.Last;
        if (cursor <= last && last - cursor <= options.Value.ResyncBeyond)
            return false;
        var current = last is { } reached && cursor <= reached ? reached : await log.RevisionAsync(feed.Channel, cancellationToken);
        if (cursor <= current && current - cursor <= options.Value.ResyncBeyond)
            return cursor == current;
        Resynchronise(subscription, current);
        return true;
    }

    private static void Resynchronise(Subscription subscription, long current)
    {
        subscription.Announce = Announcement.Resync;
        subscription.SkipsToNow = true;
        subscription.StartAt(current, has: false);
    }

    private async Task<bool> PageAsync(ChannelFeed feed, Subscription subscription, CancellationToken cancellationToken)
    {
        await RoomAsync(subscription.Client);
        var delivered = feed.Last;
        var page = await AskAsync(async cancellation =>
        {
            var read = await log.ChangesAsync(feed.Channel, subscription.Cursor, cancellation);
            // After the page was read: who lost the right before any of it happened is known by now.
            return await EntitledAsync(feed, subscription, cancellation) ? read : new LogPage([], 0, true);
        }, cancellationToken);
        foreach (var entry in page.Items)
        {
            if (!subscription.Certain)
                return false;
            var change = ChannelEvent.From(feed.Channel, entry);
            while (!subscription.Ended && !subscription.TrySend(change))
                await RoomAsync(subscription.Client);
            telemetry.CaughtUp();
        }
        if (!page.More)
            subscription.SkipTo(page.Rev);
        // The log ends before what was delivered: it was restored from a backup.
        if (page is { More: false, Items.Count: 0 } && !subscription.Ended && subscription.Cursor < delivered)
            Resynchronise(subscription, subscription.Cursor);
        return !page.More;
    }

    private async Task<bool> EntitledAsync(ChannelFeed feed, Subscription subscription, CancellationToken cancellationToken)
    {
        if (await entitlement.HoldsAsync(subscription, cancellationToken))
            return true;
        if (subscription.Announced)
            feed.Lose(subscription);
        else if (feed.End(subscription))
            subscription.Client.Tell(Frames.Error("channel_not_found", "There is no such channel, or you may not see it.", "subscribe", feed.Channel));
        return false;
    }

    /// <summary>Waits until the socket has taken half of what waits. One that does not is closed.</summary>
    private async Task RoomAsync(ClientSocket client)
    {
        try
        {
            await client.Outbound.RoomAsync().WaitAsync(options.Value.SlowFor, time, client.Gone);
        }
        catch (TimeoutException)
        {
            client.Close(SocketClose.TooSlow);
            throw new OperationCanceledException(client.Gone);
        }
    }

    /// <summary>Asks until there is an answer or the socket is gone.</summary>
    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = Min(pause * 2, LongestPause))
        {
            try
            {
                return await ask(cancellationToken);
            }
            catch (Exception exception) when (IsAbsence(exception) && !cancellationToken.IsCancellationRequested)
            {
                logger.LogDebug("Catching up waits: {Reason}", exception.Message);
            }
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
