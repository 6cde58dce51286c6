using System.Diagnostics;
using System.Diagnostics.Metrics;
using Chat.Realtime.Channels;

namespace Chat.Realtime;

/// <summary>Source and meter <c>Chat.Realtime</c>.</summary>
internal sealed class RealtimeTelemetry
{
    private static readonly ActivitySource Source = new("Chat.Realtime");

    private readonly TimeProvider _time;
    private readonly UpDownCounter<long> _sockets;
    private readonly UpDownCounter<long> _subscriptions;
    private readonly Counter<long> _deliveries;
    private readonly Counter<long> _overflows;
    private readonly Counter<long> _gaps;
    private readonly Counter<long> _closes;
    private readonly Histogram<double> _lag;

    public RealtimeTelemetry(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create("Chat.Realtime");
        _sockets = meter.CreateUpDownCounter<long>("chat.realtime.sockets", "{socket}", "Open sockets.");
        _subscriptions = meter.CreateUpDownCounter<long>("chat.realtime.subscriptions", "{subscription}", "Subscriptions of open sockets.");
        _deliveries = meter.CreateCounter<long>("chat.realtime.deliveries", "{frame}", "Events queued to sockets, live and caught up.");
        _overflows = meter.CreateCounter<long>("chat.realtime.overflows", "{subscription}", "Subscriptions that fell back to the log because their socket's queue was full.");
        _gaps = meter.CreateCounter<long>("chat.realtime.gap_fills", "{gap}", "Gaps in a channel's revisions that were filled from the log.");
        _closes = meter.CreateCounter<long>("chat.realtime.closes", "{socket}", "Sockets that this side closed, by code.");
        _lag = meter.CreateHistogram("chat.realtime.lag", "s", "From the commit of an event to its being queued to sockets.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
    }

    public void SocketOpened() => _sockets.Add(1);

    public void SocketGone() => _sockets.Add(-1);

    public void SocketClosed(int code) => _closes.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Subscriptions(int change) => _subscriptions.Add(change);

    public void CaughtUp() => _deliveries.Add(1);

    public void Overflow() => _overflows.Add(1);

    public void GapFilled() => _gaps.Add(1);

    /// <summary>The span of one event's delivery, within the trace of the message that brought it.</summary>
    public static Activity? StartPush(ChannelEvent change) =>
        Source.StartActivity("socket push", ActivityKind.Internal, change.Trace)?
            .SetTag("chat.channel", change.Channel).SetTag("chat.rev", change.Rev).SetTag("chat.event", change.Type);

    public void Pushed(Activity? push, ChannelEvent change, int receivers)
    {
        push?.SetTag("chat.receivers", receivers);
        _deliveries.Add(receivers);
        if (change.At is { } at)
            _lag.Record(Math.Max(0, (_time.GetUtcNow() - at).TotalSeconds));
    }
}
