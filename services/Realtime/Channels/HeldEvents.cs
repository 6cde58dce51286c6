namespace Chat.Realtime.Channels;

/// <summary>Events that came too early, by revision, bounded. When it is full the latest are let go: the log has them.</summary>
internal sealed class HeldEvents
{
    private const int Most = 256;
    private const long MostBytes = 1 << 20;

    private readonly SortedDictionary<long, ChannelEvent> _events = [];
    private long _bytes;

    public void Add(ChannelEvent change)
    {
        if (!_events.TryAdd(change.Rev, change))
            return;
        _bytes += change.Frame.Length;
        while (_events.Count > Most || (_bytes > MostBytes && _events.Count > 1))
            Remove(_events.Keys.Max());
    }

    /// <summary>The event of exactly this revision, taken out; earlier ones are dropped.</summary>
    public ChannelEvent? Take(long rev)
    {
        while (_events.Count > 0 && _events.First() is var (first, change) && first <= rev)
        {
            Remove(first);
            if (first == rev)
                return change;
        }
        return null;
    }

    public void Clear()
    {
        _events.Clear();
        _bytes = 0;
    }

    private void Remove(long rev)
    {
        if (_events.Remove(rev, out var change))
            _bytes -= change.Frame.Length;
    }
}
