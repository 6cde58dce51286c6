using System.Diagnostics.CodeAnalysis;

namespace Chat.Gateway.Sessions;

/// <summary>A bounded map whose entries end. All entries live about equally long, so the oldest is the first to expire and the first to go. Not thread-safe.</summary>
internal sealed class ExpiringEntries<TKey, TValue>(int capacity) where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<Entry>> _byKey = [];
    private readonly LinkedList<Entry> _byAge = [];

    public int Count => _byKey.Count;

    public bool TryGet(TKey key, DateTimeOffset now, [MaybeNullWhen(false)] out TValue value)
    {
        var live = _byKey.TryGetValue(key, out var node) && node.Value.Until > now;
        value = live ? node!.Value.Value : default;
        return live;
    }

    /// <summary>Adds or replaces an entry.</summary>
    /// <returns>What made room for it: entries that expired, the one replaced, or the oldest.</returns>
    public IReadOnlyList<KeyValuePair<TKey, TValue>> Set(TKey key, TValue value, DateTimeOffset until, DateTimeOffset now)
    {
        List<KeyValuePair<TKey, TValue>> gone = [];
        if (_byKey.TryGetValue(key, out var present))
        {
            gone.Add(new(key, present.Value.Value));
            Remove(key);
        }

        while (_byAge.First is { Value: var oldest } && (oldest.Until <= now || _byKey.Count >= capacity))
        {
            gone.Add(new(oldest.Key, oldest.Value));
            Remove(oldest.Key);
        }

        _byKey[key] = _byAge.AddLast(new Entry(key, value, until));
        return gone;
    }

    public void Remove(TKey key)
    {
        if (_byKey.Remove(key, out var node))
        {
            _byAge.Remove(node);
        }
    }

    private sealed record Entry(TKey Key, TValue Value, DateTimeOffset Until);
}
