using System.Diagnostics;

namespace Chat.Load.MessagePath;

/// <summary>Who sends where.</summary>
/// <param name="Channel">Where the n-th message of a sender goes.</param>
internal sealed record SendScenario(string Name, int Senders, Func<int, long, Guid> Channel);

/// <summary>What came of one scenario in one mode, in one round.</summary>
/// <param name="Rate">Messages a second.</param>
/// <param name="Latencies">Milliseconds of each send, ascending.</param>
/// <param name="Refusals">Answers other than 201, by status.</param>
/// <param name="ServiceCpu">Milliseconds of processor a message: messaging, until everything is published.</param>
/// <param name="PostgresCpu">The same of PostgreSQL.</param>
/// <param name="Group">Messages in a transaction.</param>
/// <param name="QueueWait">Milliseconds that a message waits for its transaction to begin.</param>
/// <param name="Transaction">Milliseconds that a transaction takes.</param>
/// <param name="Work">Connections at each kind of <see cref="StatementSamples.Kinds"/> on average.</param>
internal sealed record SendPhase(
    string Scenario, string Mode, int Round, double Seconds, int Messages, double Rate, float[] Latencies, IReadOnlyDictionary<int, int> Refusals,
    double ServiceCpu, double PostgresCpu, double Group, double QueueWait, double Transaction, IReadOnlyDictionary<string, double> Work)
{
    /// <summary>Runs it.</summary>
    public static async Task<SendPhase> RunAsync(MessagingRig rig, RigMode mode, SendScenario scenario, string[] tokens, int round, TimeSpan length)
    {
        var store = await rig.StoreAsync("store");
        var (service, postmaster) = (await rig.ProcessAsync(mode.Resource), await CpuTimes.PostmasterAsync(store));
        var senders = await Task.WhenAll(tokens.Take(scenario.Senders).Select(token => Sender.ConnectAsync(rig.Address(mode), token)));
        var before = await rig.Metrics.ReadAsync(mode.Resource);
        var (serviceCpu, postgresCpu) = (CpuTimes.Of(service), CpuTimes.OfPostgres(postmaster));

        using var ending = new CancellationTokenSource();
        var sampling = StatementSamples.TakeAsync(store, mode.Database, ending.Token);
        var started = Stopwatch.GetTimestamp();
        ending.CancelAfter(length);
        await Task.WhenAll(senders.Select((sender, i) => Task.Run(() => sender.RunAsync(n => scenario.Channel(i, n), ending.Token))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var samples = await sampling;
        await rig.DrainAsync(mode);
        serviceCpu = CpuTimes.Of(service) - serviceCpu;
        postgresCpu = CpuTimes.OfPostgres(postmaster) - postgresCpu;
        var after = await rig.Metrics.ReadAsync(mode.Resource);

        var latencies = senders.SelectMany(sender => sender.Latencies).Order().ToArray();
        var refusals = senders.SelectMany(sender => sender.Refusals).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value));
        foreach (var sender in senders)
            sender.Dispose();
        var messages = latencies.Length - refusals.Values.Sum();
        return new SendPhase(
            scenario.Name, mode.Name, round, seconds, messages, messages / seconds, latencies, refusals, serviceCpu / messages, postgresCpu / messages,
            Mean("chat.messaging.group.size"), 1000 * Mean("chat.messaging.queue.wait"), 1000 * Mean("chat.messaging.commit.duration"),
            StatementSamples.Kinds.ToDictionary(kind => kind, samples.Average));

        double Mean(string metric) => (after(metric) - before(metric)).Mean;
    }

    public double Percentile(double share) => Percentile(Latencies, share);

    public static double Percentile(float[] ascending, double share) =>
        ascending.Length == 0 ? double.NaN : ascending[Math.Min(ascending.Length - 1, (int)(share * ascending.Length))];
}
