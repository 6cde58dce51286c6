namespace Chat.Realtime.Channels;

/// <summary>
/// The revision with which each server last took rights away, as the bus told it. The event may overtake the permission read model; an answer of an earlier revision
/// does not count.
/// </summary>
internal sealed class LostAccess(TimeProvider time)
{
    private const int Most = 100_000;

    /// <summary>The read model follows within milliseconds, and where that failed its repair within some seconds.</summary>
    private static readonly TimeSpan Remember = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, LinkedListNode<Loss>> _byServer = [];
    private readonly LinkedList<Loss> _byAge = [];

    public void Add(Guid server, long rev)
    {
        lock (_gate)
        {
            if (_byServer.Remove(server, out var known))
            {
                _byAge.Remove(known);
                rev = Math.Max(rev, known.Value.Rev);
            }
            else if (_byServer.Count >= Most && _byAge.First is { } oldest)
            {
                Remove(oldest);
            }
            _byServer[server] = _byAge.AddLast(new Loss(server, rev, time.GetTimestamp()));
        }
    }

    /// <summary>The revision that an answer about the server must have at least; 0 where nothing is remembered.</summary>
    public long Of(Guid server)
    {
        lock (_gate)
            return _byServer.TryGetValue(server, out var known) ? known.Value.Rev : 0;
    }

    public void Forget()
    {
        lock (_gate)
        {
            while (_byAge.First is { } oldest && time.GetElapsedTime(oldest.Value.At) > Remember)
                Remove(oldest);
        }
    }

    private void Remove(LinkedListNode<Loss> loss)
    {
        _byServer.Remove(loss.Value.Server);
        _byAge.Remove(loss);
    }

    private readonly record struct Loss(Guid Server, long Rev, long At);
}
