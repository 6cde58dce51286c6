using System.Diagnostics.Metrics;

namespace Chat.ServiceDefaults.Events;

/// <summary>Meter <c>Chat.Outbox</c>: <c>chat.outbox.published</c> and <c>chat.outbox.oldest.age</c> in seconds.</summary>
internal sealed class OutboxMetrics
{
    public OutboxMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Chat.Outbox");
        Published = meter.CreateCounter<long>("chat.outbox.published", "{event}", "Events confirmed by the broker.");
        meter.CreateObservableGauge("chat.outbox.oldest.age", () => OldestAge, "s", "Age of the oldest event not yet confirmed.");
    }

    public Counter<long> Published { get; }

    public double OldestAge { get; set; }
}
