using Microsoft.Extensions.Options;

namespace Chat.Realtime.Channels;

/// <summary>
/// Compares the revision of every subscribed channel with messaging's, regularly and after the bus was away, so that nothing lost on the way stays
/// unseen in a channel where nothing more happens.
/// </summary>
internal sealed class Reconciler(ChannelFeeds feeds, MessagingLog log, ReconcileSignal signal, IOptions<RealtimeOptions> options, TimeProvider time, ILogger<Reconciler> logger)
    : BackgroundService
{
    /// <summary>What was committed a moment ago is still on its way.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(options.Value.ReconcileEvery, stoppingToken);
                foreach (var group in feeds.All.Chunk(MessagingLog.MostChannels))
                    await CompareAsync(group, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (CatchUp.IsAbsence(exception))
            {
                logger.LogDebug("Comparing revisions is tried again: {Reason}", exception.Message);
            }
            catch (Exception exception)
            {
                logger.LogError(exception, "Comparing revisions failed and is tried again");
            }
        }
    }

    private async Task CompareAsync(ChannelFeed[] group, CancellationToken cancellationToken)
    {
        var before = group.Select(feed => (Feed: feed, feed.Last)).Where(pair => pair.Last is not null).ToArray();
        if (before.Length == 0)
            return;
        var revisions = await log.RevisionsAsync([.. before.Select(pair => pair.Feed.Channel)], cancellationToken);
        var behind = new List<(ChannelFeed Feed, long Rev)>();
        foreach (var (feed, last) in before)
        {
            var current = revisions.GetValueOrDefault(feed.Channel);
            if (current < last)
                feed.Rewind(last.Value, current);
            else if (current > feed.Last)
                behind.Add((feed, current));
        }
        if (behind.Count == 0)
            return;
        await Task.Delay(Grace, time, cancellationToken);
        foreach (var (feed, rev) in behind)
            feed.Expect(rev);
    }
}
