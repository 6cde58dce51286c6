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
