using System.Collections.Concurrent;

namespace Chat.Realtime.Sockets;

/// <summary>
/// Sessions whose end was heard of a moment ago. The event may overtake the mark in Redis; a socket that identifies in between is refused by this.
/// </summary>
internal sealed class EndedSessions(TimeProvider time)
{
    private const int Most = 100_000;

    private static readonly TimeSpan Remember = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<Guid, long> _ended = new();

    public void Add(Guid session)
    {
        if (_ended.Count < Most)
            _ended[session] = time.GetTimestamp();
    }

    public bool Contains(Guid session) => _ended.ContainsKey(session);

    public void Forget()
    {
        foreach (var (session, at) in _ended)
        {
            if (time.GetElapsedTime(at) > Remember)
                _ended.TryRemove(session, out _);
        }
    }
}
