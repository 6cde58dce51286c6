using Chat.Realtime.Sockets;

namespace Chat.Realtime.Channels;

/// <summary>What a subscription tells its client once it becomes live.</summary>
internal enum Announcement
{
    /// <summary>Nothing: it was announced before and only fell behind.</summary>
    None,

    /// <summary>Everything up to here was sent.</summary>
    Subscribed,

    /// <summary>More was missed than is sent.</summary>
    Resync,
}

/// <summary>One socket's interest in one channel. Its state changes under the lock of its <see cref="ChannelFeed"/>.</summary>
internal sealed class Subscription(ClientSocket client, Guid channel)
{
    private readonly Lock _gate = new();
    private Guid _server;
    private bool _ended;

    public ClientSocket Client { get; } = client;

    public Guid Channel { get; } = channel;

    /// <summary>The last revision queued to the socket.</summary>
    public long Cursor { get; set; }

    /// <summary>Events are queued as they come. Otherwise a catch-up is under way.</summary>
    public bool Live { get; set; }

    /// <summary>What the client is told when this becomes live.</summary>
    public Announcement Announce { get; set; } = Announcement.Subscribed;

    /// <summary>Becoming live skips what is in between: the client asked for no past, or is told to read it by REST.</summary>
    public bool SkipsToNow { get; set; }

    /// <summary>Nothing more is sent, not even what waits in the socket's queue.</summary>
    public bool Ended
    {
        get => Volatile.Read(ref _ended);
        set => Volatile.Write(ref _ended, value);
    }

    /// <summary>
    /// The channel's server, empty until the first look at the permissions. Whoever sets it looks for lost access afterwards, and whoever records lost
    /// access looks here afterwards: the lock makes sure that one of them sees the other.
    /// </summary>
    public Guid Server
    {
        get
        {
            lock (_gate)
                return _server;
        }
        set
        {
            lock (_gate)
                _server = value;
        }
    }
}
