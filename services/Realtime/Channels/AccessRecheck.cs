using Chat.Realtime.Sockets;
using Microsoft.Extensions.Options;

namespace Chat.Realtime.Channels;

/// <summary>
/// Checks every session and subscription against the authorities, regularly and when an event may have been lost. Events end them at once; this is
/// for the case that one never came.
/// </summary>
internal sealed class AccessRecheck(OpenSockets sockets, ChannelFeeds feeds, Entitlement entitlement, AccessSignal signal, IOptions<RealtimeOptions> options,
    TimeProvider time, ILogger<AccessRecheck> logger) : BackgroundService
{
    private const int AtOnce = 32;

    /// <summary>However often it is asked for.</summary>
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await signal.WaitAsync(options.Value.RecheckEvery, stoppingToken);
                await Parallel.ForEachAsync(sockets.All, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken },
                    async (client, cancellation) => await CheckAsync(client, cancellation));
                await Task.Delay(AtMostEvery, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    private async Task CheckAsync(ClientSocket client, CancellationToken cancellationToken)
    {
        if (!client.Identified || client.Closing is not null)
            return;
        try
        {
            if (!await entitlement.SessionStandsAsync(client, cancellationToken))
                return;
            foreach (var subscription in client.Subscriptions.Values)
            {
                // One that is catching up is checked page by page.
                if (subscription.Live && !await entitlement.HoldsAsync(subscription, cancellationToken))
                    feeds.Find(subscription.Channel)?.Lose(subscription);
            }
        }
        catch (Exception exception) when (CatchUp.IsAbsence(exception))
        {
            logger.LogDebug("A socket's rights cannot be checked now: {Reason}", exception.Message);
            signal.Request();
        }
    }
}
