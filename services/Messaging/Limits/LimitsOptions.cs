namespace Chat.Messaging.Limits;

/// <summary>How fast people may send and change, configuration section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    /// <summary>False turns every limit off, slow mode included.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Messages of one person in one channel.</summary>
    public RateOptions Channel { get; init; } = new() { Quota = 5, Window = TimeSpan.FromSeconds(5) };

    /// <summary>Messages of one person in all channels together.</summary>
    public RateOptions Person { get; init; } = new() { Quota = 10, Window = TimeSpan.FromSeconds(1) };

    /// <summary>Edits, deletions, reactions and pins of one person, all together.</summary>
    public RateOptions Changes { get; init; } = new() { Quota = 20, Window = TimeSpan.FromSeconds(2) };

    /// <summary>Conversations begun by one person with people who are neither friends nor share a server with them.</summary>
    public RateOptions Requests { get; init; } = new() { Quota = 20, Window = TimeSpan.FromHours(1) };

    /// <summary>Whether the slow mode of channels is kept.</summary>
    public bool SlowMode { get; init; } = true;

    /// <summary>How long Redis may take to decide before this replica decides by itself.</summary>
    public TimeSpan RedisTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many counters this replica keeps while Redis is away; whoever finds it full of busy ones is not counted.</summary>
    public int LocalCounters { get; init; } = 50_000;
}

/// <summary>So many at once, and as many again spread evenly over the window.</summary>
internal sealed class RateOptions
{
    /// <summary>0 turns the limit off.</summary>
    public int Quota { get; init; }

    public TimeSpan Window { get; init; }

    public bool IsSound => Quota is >= 0 and <= 1_000_000 && Window >= TimeSpan.FromMilliseconds(1) && Window <= TimeSpan.FromDays(1);
}
