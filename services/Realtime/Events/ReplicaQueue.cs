using MassTransit;
using Microsoft.Extensions.Options;

namespace Chat.Realtime.Events;

/// <summary>
/// This replica's own queue. Durable, so that a restarted broker still has it; it outlives the process by a while and then goes by itself. It is consumed
/// strictly in order: an event of lost access stands before what was sent after it.
/// </summary>
/// <remarks>
/// MassTransit's own pause between attempts to connect grows to half a minute and cannot be configured. So the endpoint is connected here, and after a
/// failure anew, as soon as the broker accepts connections again.
/// </remarks>
internal sealed class ReplicaQueue(
    IReceiveEndpointConnector connector, BrokerAddress broker, BusReturn observer, IOptions<RealtimeOptions> options, TimeProvider time, ILogger<ReplicaQueue> logger)
    : BackgroundService
{
    /// <summary>Enough to keep the consumer busy while acknowledgements travel.</summary>
    private const int Prefetch = 256;

    private const long MostBytes = 128L << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(2);

    private readonly string _name = $"realtime-{Guid.NewGuid():n}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var lost = observer.Begin();
                var handle = connector.ConnectReceiveEndpoint(_name, Configure);
                await lost.WaitAsync(stoppingToken);
                logger.LogWarning("The queue is not connected; trying again");
                await StopAsync(handle);
                do
                    await Task.Delay(Pause, time, stoppingToken);
                while (!await broker.AcceptsAsync(stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogError(exception, "Connecting the queue failed and is tried again");
                await Task.Delay(Pause * 4, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task StopAsync(HostReceiveEndpointHandle handle)
    {
        using var limit = new CancellationTokenSource(StopWithin, time);
        try
        {
            await handle.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            logger.LogDebug("The lost connection did not end in time; it is left behind");
        }
    }

    private void Configure(IBusRegistrationContext context, IReceiveEndpointConfigurator endpoint)
    {
        endpoint.ConnectReceiveEndpointObserver(observer);
        endpoint.PrefetchCount = Prefetch;
        endpoint.ConcurrentMessageLimit = 1;
        endpoint.PublishFaults = false;
        endpoint.DiscardFaultedMessages();
        endpoint.DiscardSkippedMessages();
        if (endpoint is IRabbitMqReceiveEndpointConfigurator queue)
        {
            queue.Durable = true;
            // The exchange goes with the queue; the queue itself goes when it has not been used for the time below.
            queue.AutoDelete = true;
            queue.QueueExpiration = options.Value.BusQueueExpiry;
            // A full queue loses its oldest events, never blocks publishers: gaps are filled from the log, and every gap has access checked again.
            queue.SetQueueArgument("x-max-length", options.Value.BusQueueLength);
            queue.SetQueueArgument("x-max-length-bytes", MostBytes);
            queue.SetQueueArgument("x-overflow", "drop-head");
        }
        endpoint.ConfigureConsumer<EventConsumers>(context);
    }
}
