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
    private Guid? _parent;
    private int _doubts;
    private int _settled;
    private bool _ended;

    public ClientSocket Client { get; } = client;

    public Guid Channel { get; } = channel;

    /// <summary>The revision up to which the client has everything, or needs nothing because it is contained in later changes.</summary>
    public long Cursor { get; private set; }

    /// <summary>The last revision the client was told: less than <see cref="Cursor"/> when the log had nothing for the last ones. Null: it has none to continue from.</summary>
    public long? Told { get; private set; }

    /// <summary>Events are queued as they come. Otherwise a catch-up is under way.</summary>
    public bool Live { get; set; }

    /// <summary>What the client is told when this becomes live.</summary>
    public Announcement Announce { get; set; } = Announcement.Subscribed;

    /// <summary>The client was told that it is subscribed.</summary>
    public bool Announced { get; set; }

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
    }

    /// <summary>The channel that a thread hangs in, known as soon as <see cref="Server"/> is; null for all other channels.</summary>
    public Guid? Parent
    {
        get
        {
            lock (_gate)
                return _parent;
        }
    }

    /// <summary>Notes where the channel belongs.</summary>
    public void Place(Guid server, Guid? parent)
    {
        lock (_gate)
            (_server, _parent) = (server, parent);
    }

    /// <summary>How often it was heard that rights were lost which this may have rested on.</summary>
    public int Doubts
    {
        get
        {
            lock (_gate)
                return _doubts;
        }
    }

    /// <summary>Whether the permissions were asked since the last doubt, so that this may be live.</summary>
    public bool Certain
    {
        get
        {
            lock (_gate)
                return _settled == _doubts;
        }
    }

    /// <summary>The right may be gone: it must be asked again.</summary>
    public void Doubt()
    {
        lock (_gate)
            _doubts++;
    }

    /// <summary>The right was still there when it was asked, after so many doubts.</summary>
    public void Settle(int doubts)
    {
        lock (_gate)
            _settled = Math.Max(_settled, doubts);
    }

    /// <summary>Begins, or begins anew, at a revision which the client has or is about to be told.</summary>
    public void StartAt(long rev, bool has) => (Cursor, Told) = (rev, has ? rev : null);

    /// <summary>The log has nothing for the revisions up to this one.</summary>
    public void SkipTo(long rev) => Cursor = Math.Max(Cursor, rev);

    /// <summary>Queues a change for the client; false when its socket has no room.</summary>
    public bool TrySend(ChannelEvent change)
    {
        if (!Client.Outbound.TryEvent(change.Following(Told), this))
            return false;
        Cursor = change.Rev;
        Told = change.Rev;
        return true;
    }

    /// <summary>Tells the client what it does not know yet about where it stands.</summary>
    public void TellPosition()
    {
        if (Announce is Announcement.None)
            return;
        Client.Tell(Announce is Announcement.Resync ? Frames.Resync(Channel, Cursor) : Frames.Subscribed(Channel, Cursor, Told is { } told && told < Cursor ? told : null));
        Told = Cursor;
        Announce = Announcement.None;
        Announced = true;
        SkipsToNow = false;
    }
}
