using System.Globalization;
using System.Text.Json;

namespace Chat.Load.MessagePath;

/// <summary>The figures of a <see cref="SendRun"/> as Markdown on the console, and all of them in a JSON file.</summary>
internal static class SendReport
{
    /// <summary>What is asked of the first mode against each other one: of rates at least, of the median at most.</summary>
    private static readonly (string Scenario, double Bar, bool OfRate)[] Bars = [("hot channel", 8, true), ("1,000 channels", 2, true), ("single sender", 1.2, false)];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static async Task<int> WriteAsync(IReadOnlyList<SendPhase> phases, string[] modes, LoadOptions options)
    {
        var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
        Console.WriteLine(Text($"{options.Rounds} rounds of {options.Length.TotalSeconds:0} s each, {Environment.ProcessorCount} cores for everything, load {load}; ms, over all rounds"));
        Console.WriteLine();
        Console.WriteLine("| scenario | transactions | messages a second | p50 | p95 | p99 | CPU a message: messaging | PostgreSQL | messages in a transaction | wait for it | transaction | not 201 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var same in Grouped(phases))
        {
            var latencies = same.SelectMany(phase => phase.Latencies).Order().ToArray();
            Console.WriteLine(Text($"""
                | {same.Key.Scenario} | {same.Key.Mode} | {Rate(same):N0} | {SendPhase.Percentile(latencies, 0.5):0.0} | {SendPhase.Percentile(latencies, 0.95):0.0} | {SendPhase.Percentile(latencies, 0.99):0.0} | {Weighted(same, phase => phase.ServiceCpu):0.00} | {Weighted(same, phase => phase.PostgresCpu):0.00} | {Weighted(same, phase => phase.Group):0.0} | {Weighted(same, phase => phase.QueueWait):0.0} | {Weighted(same, phase => phase.Transaction):0.0} | {same.Sum(phase => phase.Refusals.Values.Sum())} |
                """));
        }

        Console.WriteLine();
        Console.WriteLine("Where a transaction's time goes, ms of each (connections at it on average, by the transactions of the same time):");
        Console.WriteLine();
        Console.WriteLine($"| scenario | transactions | {string.Join(" | ", StatementSamples.Kinds)} |");
        Console.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---|", StatementSamples.Kinds.Length))}");
        foreach (var same in Grouped(phases))
        {
            var transactions = Rate(same) / Weighted(same, phase => phase.Group);
            Console.WriteLine($"| {same.Key.Scenario} | {same.Key.Mode} | {string.Join(" | ", StatementSamples.Kinds.Select(kind => Text($"{1000 * Weighted(same, phase => phase.Work[kind]) / transactions:0.00}")))} |");
        }

        Console.WriteLine();
        Console.WriteLine("| ratio to | scenario | each round | overall | bar |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var other in modes[1..])
        {
            foreach (var (scenario, bar, ofRate) in Bars)
            {
                var rounds = phases.Where(phase => phase.Scenario == scenario).GroupBy(phase => phase.Round).Select(round => Ratio([.. round], modes[0], other, ofRate));
                var overall = Ratio([.. phases.Where(phase => phase.Scenario == scenario)], modes[0], other, ofRate);
                var met = ofRate ? overall >= bar : overall <= bar;
                Console.WriteLine(Text($"| {other} | {scenario}, {(ofRate ? "rate" : "median")} | {string.Join(", ", rounds.Select(ratio => Text($"{ratio:0.00}")))} | {overall:0.00} | {(ofRate ? "≥" : "≤")} {bar} {(met ? "met" : "MISSED")} |"));
            }
        }

        await File.WriteAllTextAsync(options.Output, JsonSerializer.Serialize(
            phases.Select(phase => new
            {
                phase.Scenario,
                phase.Mode,
                phase.Round,
                phase.Seconds,
                phase.Messages,
                phase.Rate,
                P50 = phase.Percentile(0.5),
                P95 = phase.Percentile(0.95),
                P99 = phase.Percentile(0.99),
                phase.ServiceCpu,
                phase.PostgresCpu,
                phase.Group,
                phase.QueueWait,
                phase.Transaction,
                phase.Work,
                phase.Refusals,
            }),
            Json));
        Console.Error.WriteLine($"All figures: {Path.GetFullPath(options.Output)}");
        return 0;
    }

    private static IEnumerable<IGrouping<(string Scenario, string Mode), SendPhase>> Grouped(IEnumerable<SendPhase> phases) => phases.GroupBy(phase => (phase.Scenario, phase.Mode));

    private static double Ratio(SendPhase[] phases, string mode, string other, bool ofRate)
    {
        return Of(mode) / Of(other);

        double Of(string name) => ofRate
            ? Rate(phases.Where(phase => phase.Mode == name))
            : SendPhase.Percentile([.. phases.Where(phase => phase.Mode == name).SelectMany(phase => phase.Latencies).Order()], 0.5);
    }

    private static double Rate(IEnumerable<SendPhase> phases) => phases.Sum(phase => phase.Messages) / phases.Sum(phase => phase.Seconds);

    private static double Weighted(IEnumerable<SendPhase> phases, Func<SendPhase, double> value) => phases.Sum(phase => value(phase) * phase.Messages) / phases.Sum(phase => phase.Messages);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
