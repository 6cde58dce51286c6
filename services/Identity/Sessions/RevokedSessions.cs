using Chat.ServiceDefaults.Tokens;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Chat.Identity.Sessions;

/// <summary>The revoked set in Redis, which every service reads on every request. PostgreSQL can rebuild it.</summary>
internal sealed class RevokedSessions(IConnectionMultiplexer redis, IOptions<SessionOptions> options)
{
    /// <summary>Longer than any access token lives: after that nothing carries the session's id any more.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(15);

    private const string CompleteScript = """
        if redis.call('del', KEYS[1]) == 0 then return 0 end
        redis.call('set', KEYS[2], '1')
        return 1
        """;

    private readonly TimeSpan _limit = options.Value.RedisTimeout;

    /// <returns>False when Redis did not confirm.</returns>
    public async Task<bool> TryAddAsync(IReadOnlyCollection<Guid> sessions)
    {
        try
        {
            await AddAsync(sessions);
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return false;
        }
    }

    /// <exception cref="RedisException">Redis is away.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public Task AddAsync(IReadOnlyCollection<Guid> sessions)
    {
        var database = redis.GetDatabase();
        return Task.WhenAll(sessions.Select(session => database.StringSetAsync($"{SessionStatus.RevokedPrefix}{session:D}", "1", KeptFor))).WaitAsync(_limit);
    }

    public Task<bool> IsCompleteAsync() => redis.GetDatabase().KeyExistsAsync(SessionStatus.ReadyKey).WaitAsync(_limit);

    /// <summary>Begins to rebuild the set: the marker tells <see cref="CompleteAsync"/> whether Redis lost its contents in the meantime.</summary>
    public async Task<string> BeginAsync()
    {
        var marker = $"sessions:rebuilding:{Guid.NewGuid():N}";
        await redis.GetDatabase().StringSetAsync(marker, "1", KeptFor).WaitAsync(_limit);
        return marker;
    }

    /// <returns>False when Redis was emptied since <see cref="BeginAsync"/>: begin again.</returns>
    public async Task<bool> CompleteAsync(string marker) =>
        (long)await redis.GetDatabase().ExecuteAsync("EVAL", CompleteScript, 2, (RedisKey)marker, (RedisKey)SessionStatus.ReadyKey).WaitAsync(_limit) == 1;
}
