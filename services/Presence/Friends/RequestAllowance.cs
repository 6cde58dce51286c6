using Chat.ServiceDefaults.Stores;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Chat.Presence.Friends;

/// <summary>
/// How many friend requests one person makes in a minute, which begins with the first: 20, counted in Redis over all replicas. Each counts before anything is looked up, so
/// that nobody finds out names by it. Without Redis nothing is counted.
/// </summary>
internal sealed class RequestAllowance(IConnectionMultiplexer redis, IOptions<FriendsOptions> options, ILogger<RequestAllowance> logger)
{
    public const int PerMinute = 20;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private static readonly RedisScript CountScript = new("""
        local count = redis.call('incr', KEYS[1])
        if count == 1 then redis.call('pexpire', KEYS[1], ARGV[2]) end
        if count <= tonumber(ARGV[1]) then return 0 end
        redis.call('decr', KEYS[1])
        return math.max(redis.call('pttl', KEYS[1]), 1)
        """);

    /// <summary>The key of a person's count.</summary>
    public static string Key(Guid user) => $"friend-requests:{user}";

    /// <returns>Null when the request may go on, else how long to wait.</returns>
    public async Task<TimeSpan?> CountAsync(Guid user)
    {
        try
        {
            var wait = (long)await CountScript.RunAsync(redis.GetDatabase(), options.Value.RedisTimeout, [Key(user)], [PerMinute, (long)Window.TotalMilliseconds], CancellationToken.None);
            return wait > 0 ? TimeSpan.FromMilliseconds(wait) : null;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.LogWarning("A friend request was not counted: {Reason}", exception.Message);
            return null;
        }
    }
}
