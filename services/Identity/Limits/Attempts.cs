using System.Security.Cryptography;
using System.Text;
using Chat.ServiceDefaults.Stores;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Chat.Identity.Limits;

/// <summary>
/// Counts attempts in Redis, over all replicas. An attempt counts before it is made, so that parallel ones do not slip through, and may be taken back.
/// Without Redis nothing is counted.
/// </summary>
internal sealed partial class Attempts(IConnectionMultiplexer redis, IOptions<AttemptOptions> options, ILogger<Attempts> logger)
{
    private static readonly RedisScript CountScript = new("""
        local count = redis.call('incr', KEYS[1])
        if count == 1 then redis.call('pexpire', KEYS[1], ARGV[2]) end
        if count <= tonumber(ARGV[1]) then return 0 end
        redis.call('decr', KEYS[1])
        return math.max(redis.call('pttl', KEYS[1]), 1)
        """);

    private static readonly RedisScript TakeBackScript = new("""
        if redis.call('exists', KEYS[1]) == 1 and redis.call('decr', KEYS[1]) <= 0 then redis.call('del', KEYS[1]) end
        return 0
        """);

    /// <param name="key">Whose attempt it is: an account, an address, or what was typed. Only a hash of it reaches Redis.</param>
    /// <returns>Null when the attempt may go on, else how long to wait.</returns>
    public async Task<TimeSpan?> CountAsync(AttemptLimit limit, string key)
    {
        var wait = (long)await EvaluateAsync(CountScript, Key(limit, key), limit.Allowed, (long)limit.Window.TotalMilliseconds);
        return wait > 0 ? TimeSpan.FromMilliseconds(wait) : null;
    }

    /// <summary>Counts one attempt by several limits; refused by one, it counts by none.</summary>
    /// <returns>Null with an attempt to take back, or how long to wait.</returns>
    public async Task<(TimeSpan? Wait, Attempt Attempt)> CountAsync(IEnumerable<(AttemptLimit Limit, string Key)> counters)
    {
        var counted = new List<(AttemptLimit, string)>();
        foreach (var (limit, key) in counters)
        {
            if (await CountAsync(limit, key) is { } wait)
            {
                await new Attempt(this, counted).TakeBackAsync();
                return (wait, new Attempt(this, []));
            }

            counted.Add((limit, key));
        }

        return (null, new Attempt(this, counted));
    }

    public Task TakeBackAsync(AttemptLimit limit, string key) => EvaluateAsync(TakeBackScript, Key(limit, key));

    private static string Key(AttemptLimit limit, string key) => $"attempts:{limit.Name}:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private async Task<RedisResult> EvaluateAsync(RedisScript script, string key, params RedisValue[] arguments)
    {
        try
        {
            return await script.RunAsync(redis.GetDatabase(), options.Value.RedisTimeout, [key], arguments, CancellationToken.None);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogNotCounted(exception.Message);
            return RedisResult.Create(0);
        }
    }

    [LoggerMessage(LogLevel.Warning, "An attempt was not counted: {Reason}")]
    private partial void LogNotCounted(string reason);
}
