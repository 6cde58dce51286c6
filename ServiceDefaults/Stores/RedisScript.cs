using StackExchange.Redis;

namespace Chat.ServiceDefaults.Stores;

/// <summary>A Lua script and its call, which a restart of Redis between two calls does not fail: every script of every service is called through this.</summary>
/// <param name="text">The script.</param>
public sealed class RedisScript(string text)
{
    /// <summary>Runs the script.</summary>
    /// <param name="redis">The database.</param>
    /// <param name="limit">How long to wait for the answer.</param>
    /// <param name="keys"><c>KEYS</c>.</param>
    /// <param name="values"><c>ARGV</c>.</param>
    /// <exception cref="RedisException">Redis is away or refuses.</exception>
    /// <exception cref="TimeoutException">No answer within <paramref name="limit"/>; the call may still take effect later.</exception>
    public async Task<RedisResult> RunAsync(IDatabase redis, TimeSpan limit, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        try
        {
            return await redis.ScriptEvaluateAsync(text, keys, values).WaitAsync(limit, cancellationToken);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The client believed it cached by a server that has since restarted; nothing was run. Having seen this it loads the script again.
            return await redis.ScriptEvaluateAsync(text, keys, values).WaitAsync(limit, cancellationToken);
        }
    }
}
