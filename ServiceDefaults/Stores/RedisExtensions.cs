using Chat.ServiceDefaults.Stores;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Redis, under the name of Aspire.StackExchange.Redis.</summary>
public static class RedisExtensions
{
    /// <summary>
    /// Registers <see cref="IConnectionMultiplexer"/> on <c>ConnectionStrings:&lt;connectionName&gt;</c> with a health check. It connects in the background and reconnects by
    /// itself; a call while Redis is away throws <see cref="RedisConnectionException"/> at once or <see cref="TimeoutException"/> within a second, or <c>syncTimeout</c> of the connection string.
    /// </summary>
    public static void AddRedisClient(this IHostApplicationBuilder builder, string connectionName)
    {
        var text = builder.Configuration.GetConnectionString(connectionName)
            ?? throw new InvalidOperationException($"ConnectionStrings:{connectionName} is not configured.");
        builder.Services.AddSingleton<IConnectionMultiplexer>(_ =>
        {
            var options = ConfigurationOptions.Parse(text);
            options.AbortOnConnectFail = false;
            options.ConnectTimeout = 1000;
            if (!text.Contains("syncTimeout=", StringComparison.OrdinalIgnoreCase))
                options.SyncTimeout = 1000;
            options.ConnectRetry = 1;
            options.KeepAlive = 5;
            options.ReconnectRetryPolicy = new LinearRetry(250);
            options.ClientName = builder.Environment.ApplicationName;
            return ConnectionMultiplexer.Connect(options);
        });
        builder.Services.AddHealthChecks().AddCheck<RedisHealthCheck>(connectionName, timeout: TimeSpan.FromSeconds(3));
    }
}
