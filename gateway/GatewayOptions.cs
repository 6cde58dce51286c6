using System.ComponentModel.DataAnnotations;

namespace Chat.Gateway;

/// <summary>The section <c>Gateway</c> of the configuration.</summary>
internal sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>Addresses or CIDR ranges of proxies in front, whose X-Forwarded-For and -Proto are believed.</summary>
    public string[] TrustedProxies { get; init; } = [];

    /// <summary>The largest request body, in bytes.</summary>
    [Range(1024, 1 << 30)]
    public long MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>Open client connections, sockets included; further ones are closed at once.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Open WebSockets; further ones are answered 503.</summary>
    [Range(1, 1_000_000)]
    public int MaxSockets { get; init; } = 10_000;

    /// <summary>Sessions whose access token is kept in memory.</summary>
    [Range(1, 10_000_000)]
    public int MaxCachedSessions { get; init; } = 100_000;

    /// <summary>How long a service may be silent, before its first byte or between two, until the reply is 504.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan UpstreamTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a WebSocket may be silent in both directions. Must exceed the heartbeat interval of the protocol.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SocketIdleTimeout { get; init; } = TimeSpan.FromMinutes(3);
}
