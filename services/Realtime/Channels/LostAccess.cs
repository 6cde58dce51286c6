using System.Collections.Concurrent;

namespace Chat.Realtime.Channels;

/// <summary>
/// Who left which server a moment ago. The event may overtake the permission read model, which then still says yes; such a yes does not count
/// until the person has joined again or the model has had time to follow.
/// </summary>
internal sealed class LostAccess(TimeProvider time)
{
    private const int Most = 100_000;

    private static readonly TimeSpan Remember = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(Guid Server, Guid User), (long Rev, long At)> _lost = new();

    public void Left(Guid server, Guid user, long rev)
    {
        if (_lost.Count < Most)
            _lost[(server, user)] = (rev, time.GetTimestamp());
    }

    public void Joined(Guid server, Guid user, long rev)
    {
        if (_lost.TryGetValue((server, user), out var left) && left.Rev < rev)
            _lost.TryRemove(KeyValuePair.Create((server, user), left));
    }

    public bool Contains(Guid server, Guid user) => _lost.ContainsKey((server, user));

    public void Forget()
    {
        foreach (var (key, left) in _lost)
        {
            if (time.GetElapsedTime(left.At) > Remember)
                _lost.TryRemove(KeyValuePair.Create(key, left));
        }
    }
}
