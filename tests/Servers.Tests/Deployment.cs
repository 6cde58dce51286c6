using Chat.Access;
using Chat.Identity;
using Chat.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Chat.Servers.Tests;

/// <summary>
/// Two replicas of servers on one database, the real identity and messaging beside them, and two readers of permissions as other services have them. Redis is a numbered database of
/// its own, so that emptying it concerns nobody else.
/// </summary>
public sealed class Deployment : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly SemaphoreSlim _signUps = new(2);

    private Deployment(IReadOnlyDictionary<string, string?> settings) => Settings = settings;

    internal IReadOnlyDictionary<string, string?> Settings { get; }

    internal RunningService<IdentityService> Identity { get; private set; } = null!;

    internal IReadOnlyList<RunningService<ServersService>> Replicas { get; private set; } = [];

    /// <summary>Messaging beside them: a loss of rights is not answered before it refuses what was allowed before.</summary>
    internal RunningService<MessagingService> Messaging { get; private set; } = null!;

    /// <summary>Readers as in two replicas of another service.</summary>
    internal IReadOnlyList<IChannelPermissions> Readers { get; private set; } = [];

    /// <summary>A connection of the test's own to the deployment's Redis database.</summary>
    internal IConnectionMultiplexer Redis { get; private set; } = null!;

    internal string Database => Settings["ConnectionStrings:serversdb"] ?? "";

    /// <param name="redisDatabase">A number that no other deployment of this assembly uses.</param>
    /// <param name="redis">Another way to Redis for the servers service, such as through a link that can be cut.</param>
    /// <param name="rabbit">Another way to RabbitMQ for the servers service.</param>
    internal static async Task<Deployment> StartAsync(TestStores stores, int redisDatabase, string? redis = null, string? rabbit = null)
    {
        var direct = $"{stores.Redis},defaultDatabase={redisDatabase}";
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ServiceKey"] = TestStores.ServiceKey,
            ["Passwords:Iterations"] = "1000",
            ["ConnectionStrings:identitydb"] = await stores.CreateDatabaseAsync("identity"),
            ["ConnectionStrings:serversdb"] = await stores.CreateDatabaseAsync("servers"),
            ["ConnectionStrings:messagingdb"] = await stores.CreateDatabaseAsync("messaging"),
            ["ConnectionStrings:redis"] = direct,
            ["ConnectionStrings:rabbitmq"] = stores.RabbitMq,
        };
        var deployment = new Deployment(settings);
        deployment.Redis = await ConnectionMultiplexer.ConnectAsync(direct);
        await deployment.EmptyRedisAsync();
        deployment.Identity = deployment.Own(RunningService.Start<IdentityService>(settings));
        settings["services:identity:http:0"] = deployment.Identity.Address.ToString();
        // Servers and messaging ask each other: the address is known before messaging listens there.
        var port = NodePackage.FreePort();
        settings["services:messaging:http:0"] = $"http://127.0.0.1:{port}";
        var ofServers = new Dictionary<string, string?>(settings, StringComparer.Ordinal)
        {
            ["ConnectionStrings:redis"] = redis is null ? direct : $"{redis},defaultDatabase={redisDatabase}",
            ["ConnectionStrings:rabbitmq"] = rabbit ?? stores.RabbitMq,
        };
        deployment.Replicas = [.. Enumerable.Range(0, 2).Select(_ => deployment.Own(RunningService.Start<ServersService>(ofServers)))];
        for (var index = 0; index < deployment.Replicas.Count; index++)
        {
            settings[$"services:servers:http:{index}"] = deployment.Replicas[index].Address.ToString();
        }

        // Tests race as many sends as they can.
        settings["Limits:Enabled"] = "false";
        deployment.Messaging = deployment.Own(RunningService.Start<MessagingService>(settings, port: port));
        deployment.Readers = [.. Enumerable.Range(0, 2).Select(_ => deployment.Reader())];
        foreach (var replica in deployment.Replicas)
        {
            using var client = replica.CreateClient();
            await Eventually.TrueAsync("the replica's health", async () =>
            {
                using var health = await client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
                return health.IsSuccessStatusCode;
            });
        }

        return deployment;
    }

    internal Task EmptyRedisAsync() => Redis.GetDatabase().ScriptEvaluateAsync("return redis.call('FLUSHDB')");

    /// <summary>After a change of a server past the routes: readers ask servers again.</summary>
    internal Task ForgetModelAsync(Guid server) => Redis.GetDatabase().KeyDeleteAsync(PermissionModel.ServerKey(server));

    internal async Task<Account> SignUpAsync(string name)
    {
        // Identity checks a bounded number of passwords at once and turns the rest away.
        await _signUps.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return await Identity.SignUpAsync(name, TestContext.Current.CancellationToken);
        }
        finally
        {
            _signUps.Release();
        }
    }

    internal HttpClient ClientOf(Account account, int replica = 0) => Replicas[replica].CreateClient(account.Token);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned))
        {
            await owned.DisposeAsync();
        }

        Redis.Dispose();
        _signUps.Dispose();
    }

    private IChannelPermissions Reader()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.AddServiceDefaults();
        builder.AddRedisClient("redis");
        builder.AddChannelPermissions();
        return Own(builder.Build()).Services.GetRequiredService<IChannelPermissions>();
    }

    private T Own<T>(T started) where T : IAsyncDisposable
    {
        _owned.Add(started);
        return started;
    }
}

/// <summary>The stores, and the deployment that most tests share.</summary>
public sealed class ServersFixture : IAsyncLifetime
{
    /// <summary>The real stores.</summary>
    public TestStores Stores { get; } = new();

    /// <summary>The running parts.</summary>
    public Deployment Deployment { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await Stores.InitializeAsync();
        Deployment = await Deployment.StartAsync(Stores, redisDatabase: 1);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Deployment.DisposeAsync();
        await Stores.DisposeAsync();
    }
}
