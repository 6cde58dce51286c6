using System.Text.Json;
using Chat.Messaging.Limits;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Chat.Messaging.Tests;

/// <summary>Two replicas on one database that keep limits as they are by default, where Redis has all the time it needs on a busy machine.</summary>
public sealed class LimitedReplicas(World world) : IAsyncLifetime
{
    private static readonly TimeSpan RedisLimit = TimeSpan.FromSeconds(30);

    private RunningService<MessagingService>? _a;
    private RunningService<MessagingService>? _b;

    public World World => world;

    public string Database { get; private set; } = "";

    public RunningService<MessagingService> A => _a ?? throw new InvalidOperationException("Not started.");

    public RunningService<MessagingService> B => _b ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        Database = await world.CreateDatabaseAsync();
        _a = Start();
        _b = Start();
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }

    /// <summary>A further replica, which the caller stops. It has found Redis: until then it would keep the limits by itself.</summary>
    public RunningService<MessagingService> Start(params (string Key, string Value)[] settings)
    {
        var replica = world.Start(Database, [("Limits:Enabled", "true"), ("Limits:RedisTimeout", "00:00:30"), .. settings]);
        var redis = replica.Services.GetRequiredService<IConnectionMultiplexer>();
        return SpinWait.SpinUntil(() => redis.IsConnected, RedisLimit) ? replica : throw new TimeoutException($"The replica has not found Redis in {RedisLimit}.");
    }

    /// <summary>The owner of a new room, through each of the replicas in turn.</summary>
    internal async Task<Room[]> OwnerAsync(params RunningService<MessagingService>[] replicas)
    {
        var room = await world.OpenRoomAsync();
        return [.. (replicas.Length == 0 ? [A, B] : replicas).Select(replica => new Room(replica.CreateClient(room.Owner.Token), room.Channel, room.Server, room.Owner))];
    }
}

internal static class LimitReading
{
    /// <summary>Posts a message with a nonce of its own.</summary>
    public static Task<HttpResponseMessage> TryAsync(this ChannelClient client, string? nonce = null) =>
        client.PostAsync(new { content = "hello", nonce = nonce ?? Guid.NewGuid().ToString("n") });

    /// <summary>How long a refusal asks to wait; its header says the same in whole seconds.</summary>
    public static TimeSpan Wait(this HttpResponseMessage response, JsonElement problem)
    {
        var wait = TimeSpan.FromMilliseconds(problem.GetProperty("retryAfterMs").GetInt64());
        Assert.Equal(Math.Ceiling(wait.TotalSeconds), response.Headers.RetryAfter?.Delta?.TotalSeconds);
        return wait;
    }

    public static string Header(this HttpResponseMessage response, string name) => Assert.Single(response.Headers.GetValues(name));

    /// <summary>The limits of one send, as a request on this replica has them.</summary>
    public static AsyncServiceScope Send(this RunningService<MessagingService> replica, out SendLimits limits)
    {
        var scope = replica.Services.CreateAsyncScope();
        limits = scope.ServiceProvider.GetRequiredService<SendLimits>();
        return scope;
    }
}
