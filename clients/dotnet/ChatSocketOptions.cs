namespace Chat.Client;

/// <summary>How a <see cref="ChatSocket"/> behaves.</summary>
public sealed record ChatSocketOptions
{
    /// <summary>Frames held for a reader that is behind. When full the socket stops reading, and the server sees a slow client.</summary>
    public int FrameBuffer { get; init; } = 4096;

    /// <summary>Longest pause between two attempts to connect; attempts start at a quarter of a second and double, with full jitter.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one attempt to connect and identify may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connect again by itself after a loss. Off: the frames end with a <see cref="DisconnectedFrame"/>.</summary>
    public bool Reconnect { get; init; } = true;

    /// <summary>End the frames with a <see cref="ProtocolViolationException"/> on the first violation; otherwise only record it.</summary>
    public bool ThrowOnViolation { get; init; } = true;
}
