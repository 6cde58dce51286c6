using System.Text.Json;

namespace Chat.Contracts;

/// <summary>A message was committed. Carries the whole message as clients see it, so that nobody needs to look it up.</summary>
public sealed record MessageSent : IChannelEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The message's id.</summary>
    public required Guid Message { get; init; }

    /// <summary>Who sent it.</summary>
    public required Guid Author { get; init; }

    /// <summary>The message exactly as <c>GET channels/{id}/messages</c> answers it.</summary>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A message was deleted: its place in the channel stays, its content is gone.</summary>
public sealed record MessageDeleted : IChannelEvent
{
    /// <inheritdoc/>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The message's id.</summary>
    public required Guid Message { get; init; }

    /// <summary>What is left of it, exactly as <c>GET channels/{id}/messages</c> answers it.</summary>
    public required JsonElement Body { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>How much was said in a server's channels since the last time this was told.</summary>
public sealed record ServerActivityMeasured : IEvent
{
    /// <summary>The server's id.</summary>
    public required Guid Server { get; init; }

    /// <summary>Changes in its channels in that time, at least 1.</summary>
    public required long Changes { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
