namespace Chat.Realtime.Sockets;

/// <summary>Why a socket is closed: its code, a reason for people, and the last frame it is sent.</summary>
internal sealed record SocketClose(int Code, string Reason, ReadOnlyMemory<byte> Farewell = default)
{
    public static readonly SocketClose Normal = new(1000, "");
    public static readonly SocketClose SessionRevoked = new(4009, "The session has ended.");
    public static readonly SocketClose TooSlow = new(4008, "The client does not take what is sent.");
    public static readonly SocketClose Silent = new(4008, "No heartbeat came.");

    public static SocketClose Unauthenticated(string code, string message) => WithError(4001, code, message, null);

    public static SocketClose BadFrame(string code, string message, string? of = null) => WithError(4002, code, message, of);

    public static SocketClose TooMany(string code, string message) => WithError(4008, code, message, null);

    /// <summary>The reason is a JSON object so that clients can read when to come back.</summary>
    public static SocketClose Draining(TimeSpan reconnectAfter) => new(4010, $$"""{"reconnectAfterMs":{{(int)reconnectAfter.TotalMilliseconds}}}""");

    private static SocketClose WithError(int close, string code, string message, string? of) => new(close, message, Frames.Error(code, message, of));
}
