namespace Chat.Realtime.Events;

internal static class EventsExtensions
{
    public static void AddEvents(this IHostApplicationBuilder builder)
    {
        builder.AddEventBus(bus => bus.AddConsumer<EventConsumers>().ExcludeFromConfigureEndpoints());
        builder.Services.AddSingleton<BrokerAddress>();
        builder.Services.AddSingleton<BusReturn>();
        builder.Services.AddHostedService<ReplicaQueue>();
        builder.Services.AddHealthChecks().AddCheck<BusReturn>("events");
    }
}
