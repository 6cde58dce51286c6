using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Chat.Messaging.Writing;

/// <summary>What the writer reports of itself: source and meter <c>Chat.Messaging</c>.</summary>
internal sealed class WriterTelemetry
{
    private const string Name = "Chat.Messaging";

    private static readonly ActivitySource Source = new(Name);

    private readonly Histogram<int> _groupSize;
    private readonly Histogram<double> _queueWait;
    private readonly Histogram<double> _commitTime;
    private readonly Counter<long> _rechecks;

    public WriterTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _groupSize = meter.CreateHistogram<int>("chat.messaging.group.size", "{message}", "Messages in one transaction.");
        _queueWait = meter.CreateHistogram<double>("chat.messaging.queue.wait", "s", "Time a message waited for its transaction to begin.");
        _commitTime = meter.CreateHistogram<double>("chat.messaging.commit.duration", "s", "Time of one transaction, its commit included.");
        _rechecks = meter.CreateCounter<long>("chat.messaging.rechecks", "{message}", "Sends whose permission was asked for again because rights were taken away meanwhile.");
    }

    /// <summary>The span of one send, in the trace of its request.</summary>
    public static Activity? StartAppend() => Source.StartActivity("append");

    /// <summary>
    /// The span of one transaction. It belongs to the trace of the first message, so that a lone message has its SQL in its own trace;
    /// it links to the others, and they to it.
    /// </summary>
    public static Activity? StartCommit(IReadOnlyList<PendingMessage> group)
    {
        if (!Source.HasListeners())
            return null;

        var others = group.Skip(1).Where(pending => pending.Append is not null).Select(pending => new ActivityLink(pending.Append?.Context ?? default));
        var commit = Source.StartActivity("commit", ActivityKind.Internal, group[0].Append?.Context ?? default, links: others);
        commit?.SetTag("chat.group.size", group.Count);
        if (commit is not null)
        {
            foreach (var pending in group.Skip(1))
                pending.Append?.AddLink(new ActivityLink(commit.Context));
        }

        return commit;
    }

    public void Waited(TimeSpan time) => _queueWait.Record(time.TotalSeconds);

    public void Rechecked() => _rechecks.Add(1);

    public void Committed(int messages, TimeSpan time)
    {
        _groupSize.Record(messages);
        _commitTime.Record(time.TotalSeconds);
    }
}
