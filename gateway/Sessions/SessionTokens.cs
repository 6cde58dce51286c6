using Microsoft.Extensions.Options;

namespace Chat.Gateway.Sessions;

/// <summary>
/// Access tokens by session cookie or personal access token, in memory and under its SHA-256. One question to identity at a time for each. A token stays until
/// shortly before it expires or its session ends; that a credential is unknown is remembered just long enough to blunt a storm.
/// </summary>
internal sealed class SessionTokens(TimeProvider time, IOptions<GatewayOptions> options)
{
    private const int MaxUnknown = 10_000;

    private static readonly TimeSpan UnknownFor = TimeSpan.FromSeconds(1.5);

    /// <summary>A token handed out must outlive the request it is for.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly ExpiringEntries<string, SessionToken> _known = new(options.Value.MaxCachedSessions);
    private readonly ExpiringEntries<string, bool> _unknown = new(MaxUnknown);
    private readonly Dictionary<Guid, HashSet<string>> _keysOfSession = [];
    private readonly Dictionary<string, Task<SessionToken?>> _asking = [];
    private long _evictions;

    /// <summary>The token for a credential, or null when there is no live session behind it. Failures of <paramref name="exchange"/> pass through and are not remembered.</summary>
    public Task<SessionToken?> GetAsync(SessionCredential credential, Func<SessionCredential, Task<SessionToken?>> exchange, CancellationToken cancellationToken)
    {
        var key = credential.Key;
        Task<SessionToken?> asking;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_known.TryGet(key, now, out var token))
            {
                return Task.FromResult<SessionToken?>(token);
            }

            if (_unknown.TryGet(key, now, out _))
            {
                return Task.FromResult<SessionToken?>(null);
            }

            if (!_asking.TryGetValue(key, out asking!))
            {
                asking = Task.Run(() => AskAsync(credential, exchange), CancellationToken.None);
                _asking[key] = asking;
            }
        }

        // Whoever asked first may leave; the others still get their answer.
        return asking.WaitAsync(cancellationToken);
    }

    /// <summary>Forgets the session's token, so that the next request asks identity.</summary>
    public void Evict(Guid session)
    {
        lock (_lock)
        {
            _evictions++;
            if (_keysOfSession.TryGetValue(session, out var keys))
            {
                foreach (var key in keys.ToArray())
                {
                    Forget(key, session);
                }
            }
        }
    }

    private async Task<SessionToken?> AskAsync(SessionCredential credential, Func<SessionCredential, Task<SessionToken?>> exchange)
    {
        var evictions = Interlocked.Read(ref _evictions);
        SessionToken? token = null;
        var answered = false;
        try
        {
            token = await exchange(credential);
            answered = true;
            return token;
        }
        finally
        {
            lock (_lock)
            {
                _asking.Remove(credential.Key);

                // An answer that crossed with the end of a session may be about that session: used once, not kept.
                if (answered && _evictions == evictions)
                {
                    Remember(credential.Key, token);
                }
            }
        }
    }

    private void Remember(string key, SessionToken? token)
    {
        var now = time.GetUtcNow();
        if (token is null)
        {
            _unknown.Set(key, true, now + UnknownFor, now);
            return;
        }

        foreach (var (pushedOut, old) in _known.Set(key, token, token.ExpiresAt - Margin, now))
        {
            Unlink(pushedOut, old.Session);
        }

        if (!_keysOfSession.TryGetValue(token.Session, out var keys))
        {
            _keysOfSession[token.Session] = keys = [];
        }

        keys.Add(key);
    }

    private void Forget(string key, Guid session)
    {
        _known.Remove(key);
        Unlink(key, session);
    }

    private void Unlink(string key, Guid session)
    {
        if (_keysOfSession.TryGetValue(session, out var keys) && keys.Remove(key) && keys.Count == 0)
        {
            _keysOfSession.Remove(session);
        }
    }
}
