using System.Diagnostics;
using StackExchange.Redis;
using Xunit;

namespace Chat.Stores;

/// <summary>What a test itself asks of Redis, beside the services under test.</summary>
public static class RedisCommands
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Asks one command that may be asked again: the client loses its connection on a machine that stands still, and makes a new one a second later, but refuses
    /// whatever it is asked meanwhile.
    /// </summary>
    public static async Task<T> AskAsync<T>(this IConnectionMultiplexer redis, Func<IDatabase, Task<T>> command)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(Pause, TestContext.Current.CancellationToken))
        {
            try
            {
                return await command(redis.GetDatabase());
            }
            catch (Exception e) when (e is RedisConnectionException or TimeoutException && waited.Elapsed < Limit)
            {
                // Once more.
            }
        }
    }
}
