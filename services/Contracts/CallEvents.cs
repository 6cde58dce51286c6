namespace Chat.Contracts;

/// <summary>A call began in a channel, where there was none.</summary>
public sealed record CallStarted : IEvent
{
    /// <summary>The channel.</summary>
    public required Guid Channel { get; init; }

    /// <summary>The call.</summary>
    public required Guid Call { get; init; }

    /// <summary>Who began it.</summary>
    public required Guid By { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
