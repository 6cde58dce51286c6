namespace Chat.Contracts;

/// <summary>
/// A fact that was committed: past tense, identifiers and facts only. Properties are added, never changed or removed.
/// Delivered at least once and in no promised order between keys; consumers are idempotent.
/// </summary>
public interface IEvent
{
    /// <summary>When it was committed, UTC.</summary>
    DateTimeOffset At { get; }
}

/// <summary>An event about a server's structure, carrying the server's revision after the change.</summary>
public interface IServerEvent : IEvent
{
    /// <summary>The server's id.</summary>
    Guid Server { get; }

    /// <summary>The server's revision after this change: 1, 2, 3, … with no gap.</summary>
    long Rev { get; }
}

/// <summary>An event in a channel's log, carrying the channel's revision of this change.</summary>
public interface IChannelEvent : IEvent
{
    /// <summary>The channel's id.</summary>
    Guid Channel { get; }

    /// <summary>The channel's revision of this change: 1, 2, 3, … with no gap.</summary>
    long Rev { get; }
}
