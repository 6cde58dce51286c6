using MassTransit;
using Microsoft.Extensions.Options;

namespace Chat.Realtime.Events;

/// <summary>
/// This replica's own queue. Durable, so that a restarted broker still has it; it outlives the process by a while and then goes by itself. It is consumed
/// strictly in order: an event of lost access stands before what was sent after it.
/// </summary>
internal static class ReplicaQueue
{
    /// <summary>Enough to keep the consumer busy while acknowledgements travel.</summary>
    private const int Prefetch = 256;

    private const long MostBytes = 128L << 20;

    public static void AddEvents(this IHostApplicationBuilder builder)
    {
        var name = $"realtime-{Guid.NewGuid():n}";
        builder.AddEventBus(
            bus =>
            {
                bus.AddConsumer<EventConsumers>();
                bus.AddReceiveEndpointObserver<BusReturn>();
            },
            (context, rabbit) => rabbit.ReceiveEndpoint(name, endpoint => Configure(context, endpoint)));
    }

    private static void Configure(IBusRegistrationContext context, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        var options = context.GetRequiredService<IOptions<RealtimeOptions>>().Value;
        endpoint.Durable = true;
        // The exchange goes with the queue; the queue itself goes when it has not been used for the time below.
        endpoint.AutoDelete = true;
        endpoint.QueueExpiration = options.BusQueueExpiry;
        // A full queue loses its oldest events, never blocks publishers: gaps are filled from the log, and every gap has access checked again.
        endpoint.SetQueueArgument("x-max-length", options.BusQueueLength);
        endpoint.SetQueueArgument("x-max-length-bytes", MostBytes);
        endpoint.SetQueueArgument("x-overflow", "drop-head");
        endpoint.PrefetchCount = Prefetch;
        endpoint.ConcurrentMessageLimit = 1;
        endpoint.PublishFaults = false;
        endpoint.DiscardFaultedMessages();
        endpoint.DiscardSkippedMessages();
        endpoint.ConfigureConsumer<EventConsumers>(context);
    }
}
