using System.Net;
using System.Security.Cryptography;
using System.Text;
using Chat.ServiceDefaults.Stores;
using StackExchange.Redis;

namespace Chat.Identity.Sessions;

/// <summary>
/// Allows five wrong sign-ins a minute for one account from one address. An attempt counts before its password is checked, so that parallel guesses
/// do not slip through, and is taken back when the password was right. Without Redis only the bound on password hashing holds.
/// </summary>
internal sealed partial class WrongSignIns(IConnectionMultiplexer redis, ILogger<WrongSignIns> logger)
{
    private const int Allowed = 5;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RedisLimit = TimeSpan.FromSeconds(1);

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

    /// <param name="account">The account's id, or what was typed where there is none: both answer alike.</param>
    public static string Key(string account, IPAddress? address) =>
        "signin:wrong:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{account}\n{ClientAddress.Subscriber(address)}")));

    /// <summary>Null when the attempt may go on, else how long to wait.</summary>
    public async Task<TimeSpan?> CountAsync(string key)
    {
        var wait = (long)await EvaluateAsync(CountScript, key, Allowed, (long)Window.TotalMilliseconds);
        return wait > 0 ? TimeSpan.FromMilliseconds(wait) : null;
    }

    public Task TakeBackAsync(string key) => EvaluateAsync(TakeBackScript, key);

    private async Task<RedisResult> EvaluateAsync(RedisScript script, string key, params RedisValue[] arguments)
    {
        try
        {
            return await script.RunAsync(redis.GetDatabase(), RedisLimit, [key], arguments, CancellationToken.None);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogNotCounted(exception.Message);
            return RedisResult.Create(0);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A sign-in was not counted: {Reason}")]
    private partial void LogNotCounted(string reason);
}
