namespace Chat.Messaging.Limits;

/// <summary>
/// The limits of this replica alone, by the rules of <see cref="LimitScripts"/>, for as long as Redis is away. At most <paramref name="capacity"/> counters: when all of them are of
/// people who sent a moment ago, further people are not counted.
/// </summary>
internal sealed class LocalLimits(TimeProvider clock, int capacity)
{
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _counters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);
    private long _swept;

    /// <summary>Counters that it holds now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _counters.Count + _turns.Count;
        }
    }

    /// <param name="count">Whether to count, when all allow it, or only to look.</param>
    public LimitDecision Decide(LimitRequest request, bool count)
    {
        lock (_lock)
        {
            var now = Now();
            var (wait, by) = (0L, 0);
            Span<long> used = stackalloc long[request.Rates.Count];
            foreach (var (i, rate) in request.Rates.Index())
            {
                used[i] = Math.Clamp(_counters.GetValueOrDefault(rate.Key) - now, 0, rate.WindowTime);
                if (count && used[i] + rate.Interval - rate.WindowTime is var over && over > wait)
                    (wait, by) = (over, i + 1);
            }

            var (left, same) = (0L, false);
            if (request.Slow is { } slow && _turns.TryGetValue(slow.Key, out var turn))
            {
                left = Math.Clamp(turn.At + slow.IntervalTime - now, 0, slow.IntervalTime);
                same = left > 0 && turn.Nonce == slow.Nonce;
                if (count && left > wait && !same)
                    (wait, by) = (left, request.Rates.Count + 1);
            }

            if (count && wait == 0)
                left = Take(request, used, now, same, left);
            return LimitDecision.From(request, wait, by, left, used, local: true);
        }
    }

    public void GiveBack(SlowTurn slow)
    {
        lock (_lock)
        {
            if (_turns.TryGetValue(slow.Key, out var turn) && turn.Nonce == slow.Nonce && --turn.Sends <= 0)
                _turns.Remove(slow.Key);
        }
    }

    private long Take(LimitRequest request, Span<long> used, long now, bool same, long left)
    {
        foreach (var (i, rate) in request.Rates.Index())
        {
            used[i] += rate.Interval;
            if (_counters.ContainsKey(rate.Key) || HasRoom(now))
                _counters[rate.Key] = now + used[i];
        }

        if (request.Slow is not { } slow)
            return left;
        if (same)
            _turns[slow.Key].Sends++;
        else if (_turns.ContainsKey(slow.Key) || HasRoom(now))
            _turns[slow.Key] = new Turn(now, now + slow.IntervalTime, slow.Nonce);
        return same ? left : slow.IntervalTime;
    }

    private bool HasRoom(long now)
    {
        if (_counters.Count + _turns.Count >= capacity && now - _swept >= BetweenSweeps.TotalMicroseconds)
        {
            _swept = now;
            foreach (var (key, until) in _counters)
            {
                if (until <= now)
                    _counters.Remove(key);
            }

            foreach (var (key, turn) in _turns)
            {
                if (turn.Until <= now)
                    _turns.Remove(key);
            }
        }

        return _counters.Count + _turns.Count < capacity;
    }

    private long Now() => (long)clock.GetElapsedTime(0).TotalMicroseconds;

    private sealed class Turn(long at, long until, string nonce)
    {
        public long At => at;

        public long Until => until;

        public string Nonce => nonce;

        /// <summary>Sends with this nonce that passed by this turn.</summary>
        public int Sends { get; set; } = 1;
    }
}
