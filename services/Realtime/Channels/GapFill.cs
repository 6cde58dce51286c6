using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Chat.Realtime.Channels;

/// <summary>Fetches from the log what the bus did not bring.</summary>
internal sealed class GapFill(
    MessagingLog log, Entitlement entitlement, AccessSignal access, IOptions<RealtimeOptions> options, RealtimeTelemetry telemetry, TimeProvider time, ILogger<GapFill> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Fills the feed's gap in the background; the feed sees to it that one at a time does.</summary>
    public void Start(ChannelFeed feed) => _ = RunAsync(feed);

    private async Task RunAsync(ChannelFeed feed)
    {
        // What is merely late usually comes by itself.
        await Task.Delay(options.Value.GapWait, time);
        var counted = false;
        while (feed.Gap() is { } gap)
        {
            try
            {
                var page = await log.ChangesAsync(feed.Channel, gap.After, CancellationToken.None);
                // The log may be ahead of what the bus has to say about access, so everybody's is looked at once the page is read.
                var entitled = await CheckAsync(feed);
                var filled = feed.Fill(page, gap.To, entitled);
                if (filled > 0 && !counted)
                {
                    counted = true;
                    telemetry.GapFilled();
                    logger.LogInformation("Channel {Channel} lacked revisions after {After}; they were fetched", feed.Channel, gap.After);
                    // Where an event of a channel was lost, one about access may have been.
                    access.Request();
                }
            }
            catch (Exception exception) when (CatchUp.IsAbsence(exception))
            {
                logger.LogDebug("Filling a gap waits: {Reason}", exception.Message);
                await Task.Delay(Pause, time);
            }
            catch (Exception exception)
            {
                // Whatever it is, the gap stays and delivering past it is no option.
                logger.LogError(exception, "Filling a gap of channel {Channel} failed and is tried again", feed.Channel);
                await Task.Delay(Pause * 8, time);
            }
        }
    }

    /// <summary>Those who may have what was read before.</summary>
    private async Task<HashSet<Subscription>> CheckAsync(ChannelFeed feed)
    {
        var entitled = new ConcurrentBag<Subscription>();
        foreach (var group in feed.Live().Chunk(64))
        {
            await Task.WhenAll(group.Select(async subscription =>
            {
                try
                {
                    if (await entitlement.HoldsAsync(subscription, subscription.Client.Gone))
                        entitled.Add(subscription);
                    else
                        feed.Lose(subscription);
                }
                catch (OperationCanceledException)
                {
                    feed.End(subscription);
                }
            }));
        }
        return [.. entitled];
    }
}
