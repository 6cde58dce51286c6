using System.ComponentModel.DataAnnotations;

namespace Chat.Realtime;

/// <summary>The section <c>Realtime</c> of the configuration.</summary>
internal sealed class RealtimeOptions
{
    public const string Section = "Realtime";

    /// <summary>The socket's public address (<c>wss://host/ws</c>), which tickets point to. Default: <c>/ws</c> at <c>Auth:Issuer</c>.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>How often a client must send a heartbeat; after two and a half times of silence its socket is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:02:00")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a socket may be open before it has identified, and a frame may take from its first byte to its last.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan IdentifyWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest frame from a client, in bytes.</summary>
    [Range(256, 65536)]
    public int FrameBytes { get; init; } = 4096;

    /// <summary>Frames a client may send in a minute; as many at once, then one each time another is earned.</summary>
    [Range(10, 100_000)]
    public int FramesPerMinute { get; init; } = 120;

    /// <summary>Channels one socket may be subscribed to.</summary>
    [Range(1, 10_000)]
    public int SubscriptionsPerSocket { get; init; } = 200;

    /// <summary>Sockets one person may have open on this replica.</summary>
    [Range(1, 10_000)]
    public int SocketsPerUser { get; init; } = 10;

    /// <summary>Events waiting to be written to one socket, in number.</summary>
    [Range(8, 100_000)]
    public int QueueFrames { get; init; } = 1024;

    /// <summary>Events waiting to be written to one socket, in bytes.</summary>
    [Range(16_384, 64 << 20)]
    public int QueueBytes { get; init; } = 1 << 20;

    /// <summary>How long a socket may fail to take what waits for it before it is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan SlowFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A subscriber further behind than this is told to resynchronise instead of being sent everything.</summary>
    [Range(1, 10_000)]
    public int ResyncBeyond { get; init; } = 500;

    /// <summary>How long a missing revision is waited for on the bus before it is fetched.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:05")]
    public TimeSpan GapWait { get; init; } = TimeSpan.FromMilliseconds(75);

    /// <summary>How often the revisions of subscribed channels are compared with messaging's.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan ReconcileEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often every session and subscription is checked against the authorities, besides the events that end them at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan RecheckEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>On shutdown each client is told to come back at a random moment within this time.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ReconnectWithin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Messages this replica's queue holds at most; beyond, the oldest go and are fetched from the log instead.</summary>
    [Range(100, 1_000_000)]
    public int BusQueueLength { get; init; } = 50_000;

    /// <summary>How long the queue of a replica that is gone stays.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan BusQueueExpiry { get; init; } = TimeSpan.FromMinutes(10);
}
