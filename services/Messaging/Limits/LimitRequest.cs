using System.Globalization;

namespace Chat.Messaging.Limits;

/// <summary>What is to be counted, by which limits.</summary>
/// <param name="Rates">Each with the key of its counter.</param>
/// <param name="Slow">The slow mode; null where there is none.</param>
internal sealed record LimitRequest(IReadOnlyList<CountedRate> Rates, SlowTurn? Slow = null);

/// <summary>A rate and whose it is. Cell rate (GCRA): a counter is one time, until which what was counted fills the window.</summary>
/// <param name="Name">What clients know it by: <c>channel</c>, <c>person</c>, <c>changes</c>.</param>
/// <param name="Key">Its counter.</param>
internal sealed record CountedRate(string Name, string Key, int Quota, TimeSpan Window)
{
    /// <summary>In microseconds, as all times of counters.</summary>
    public long WindowTime => Window.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>What one more costs.</summary>
    public long Interval => Math.Max(1, WindowTime / Quota);
}

/// <summary>One message of a person in a channel each <paramref name="Interval"/>.</summary>
/// <param name="Nonce">Whose turn it is: the same message again takes none of its own.</param>
internal sealed record SlowTurn(string Key, TimeSpan Interval, string Nonce)
{
    public const string Name = "slow_mode";

    public long IntervalTime => Interval.Ticks / TimeSpan.TicksPerMicrosecond;
}

/// <summary>What the limits say.</summary>
/// <param name="RefusedBy">The limit that allows it last of all; null: it is allowed, and counted. Refused, it is counted by none.</param>
/// <param name="Wait">After which all allow it, if nothing else is counted meanwhile.</param>
/// <param name="Levels">How each limit stands after it.</param>
/// <param name="Local">Decided by this replica alone.</param>
internal sealed record LimitDecision(string? RefusedBy, TimeSpan Wait, IReadOnlyList<LimitLevel> Levels, bool Local)
{
    private const long Second = 1_000_000;

    /// <param name="wait">Microseconds; 0: allowed.</param>
    /// <param name="by">Which limit refuses, from 1: a rate, or behind them the slow mode.</param>
    /// <param name="used">How much of each rate's window is taken.</param>
    /// <param name="slow">Microseconds until the next turn.</param>
    public static LimitDecision From(LimitRequest request, long wait, int by, long slow, ReadOnlySpan<long> used, bool local)
    {
        var levels = new List<LimitLevel>(request.Rates.Count + 1);
        foreach (var (i, rate) in request.Rates.Index())
            levels.Add(new LimitLevel(rate.Name, rate.Quota, Seconds(rate.WindowTime), (rate.WindowTime - used[i]) / rate.Interval, Seconds(used[i])));
        if (request.Slow is { } turn)
            levels.Add(new LimitLevel(SlowTurn.Name, 1, Seconds(turn.IntervalTime), slow > 0 ? 0 : 1, Seconds(slow)));
        var name = wait <= 0 ? null : by <= request.Rates.Count ? request.Rates[by - 1].Name : SlowTurn.Name;
        return new LimitDecision(name, TimeSpan.FromMicroseconds(wait), levels, local);
    }

    private static long Seconds(long time) => (time + Second - 1) / Second;
}

/// <summary>How a limit stands, in the terms of draft-ietf-httpapi-ratelimit-headers.</summary>
/// <param name="Window">Whole seconds.</param>
/// <param name="Remaining">How many more it would allow now.</param>
/// <param name="Full">Whole seconds until it would allow the whole quota.</param>
internal readonly record struct LimitLevel(string Name, int Quota, long Window, long Remaining, long Full)
{
    /// <summary>An item of <c>RateLimit-Policy</c>.</summary>
    public string Policy => string.Create(CultureInfo.InvariantCulture, $"\"{Name}\";q={Quota};w={Window}");

    /// <summary>An item of <c>RateLimit</c>.</summary>
    public string State => string.Create(CultureInfo.InvariantCulture, $"\"{Name}\";r={Math.Min(Remaining, Quota)};t={Full}");
}
