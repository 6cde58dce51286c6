namespace Chat.Realtime.Channels;

/// <summary>The last events delivered, consecutive and bounded: what a catch-up that has almost arrived needs to become live.</summary>
internal sealed class RecentEvents
{
    private const int Most = 256;
    private const long MostBytes = 1 << 20;

    private readonly Queue<ChannelEvent> _events = [];
    private long _bytes;

    public void Add(ChannelEvent change)
    {
        _events.Enqueue(change);
        _bytes += change.Frame.Length;
        while (_events.Count > Most || _bytes > MostBytes)
            _bytes -= _events.Dequeue().Frame.Length;
    }

    /// <summary>Everything after a revision, or null when that is no longer all here.</summary>
    public IEnumerable<ChannelEvent>? After(long rev) =>
        _events.TryPeek(out var first) && first.Rev <= rev + 1 ? _events.Where(change => change.Rev > rev) : null;

    public void Clear()
    {
        _events.Clear();
        _bytes = 0;
    }
}
