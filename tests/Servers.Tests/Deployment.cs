using Chat.Access;
using Chat.Identity;
using Chat.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace Chat.Servers.Tests;

/// <summary>
/// Two replicas of servers on one database, the real identity and messaging beside them, and two readers of permissions as other services have them. Redis is a numbered database of
/// its own, so that emptying it concerns nobody else.
/// </summary>
public sealed class Deployment : IAsyncDisposable
{
    private const string MessagingKey = "services:messaging:http:0";

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly SemaphoreSlim _signUps = new(2);
    private readonly bool _patient;

    private Deployment(IReadOnlyDictionary<string, string?> settings, bool patient) => (Settings, _patient) = (settings, patient);

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

    /// <summary>The address of RabbitMQ itself.</summary>
    internal string RabbitMq => Settings["ConnectionStrings:rabbitmq"] ?? "";

    /// <summary>
    /// Starts one in which no store is ever away: whoever uses it waits for stores as long as a busy machine takes, and people repeat what is not yet effective. With another way to a
    /// store that can be cut, everything has the limits of production instead.
    /// </summary>
    /// <param name="redisDatabase">A number that no other deployment of this assembly uses.</param>
    /// <param name="redis">Another way to Redis for the servers service, such as through a link that can be cut.</param>
    /// <param name="rabbit">Another way to RabbitMQ for the servers service.</param>
    internal static async Task<Deployment> StartAsync(TestStores stores, int redisDatabase, string? redis = null, string? rabbit = null)
    {
        var patient = redis is null && rabbit is null;
        var direct = $"{stores.Redis},defaultDatabase={redisDatabase}";
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ServiceKey"] = TestStores.ServiceKey,
            ["Passwords:Iterations"] = "1000",
            ["ConnectionStrings:identitydb"] = await CreateDatabaseAsync("identity"),
            ["ConnectionStrings:serversdb"] = await CreateDatabaseAsync("servers"),
            ["ConnectionStrings:messagingdb"] = await CreateDatabaseAsync("messaging"),
            ["ConnectionStrings:redis"] = direct,
            ["ConnectionStrings:rabbitmq"] = stores.RabbitMq,
        };
        var deployment = new Deployment(settings, patient);
        deployment.Redis = await ConnectionMultiplexer.ConnectAsync($"{direct},connectTimeout=60000,syncTimeout=60000");
        await deployment.EmptyRedisAsync();
        deployment.Identity = deployment.Own(RunningService.Start<IdentityService>(settings));
        settings["services:identity:http:0"] = deployment.Identity.Address.ToString();
        var ofServers = new Dictionary<string, string?>(settings, StringComparer.Ordinal)
        {
            ["ConnectionStrings:redis"] = redis is null ? direct : $"{redis},defaultDatabase={redisDatabase}",
            ["ConnectionStrings:rabbitmq"] = rabbit ?? stores.RabbitMq,
        };
        deployment.Replicas = [.. Enumerable.Range(0, 2).Select(_ => deployment.Own(RunningService.Start<ServersService>(ofServers, patient ? PatientRedis.AddWriter : null)))];
        for (var index = 0; index < deployment.Replicas.Count; index++)
        {
            settings[$"services:servers:http:{index}"] = deployment.Replicas[index].Address.ToString();
        }

        // Tests race as many sends as they can.
        settings["Limits:Enabled"] = "false";
        deployment.Messaging = deployment.Own(RunningService.Start<MessagingService>(settings));
        settings[MessagingKey] = deployment.Messaging.Address.ToString();
        deployment.Readers = [await deployment.ReaderAsync(), await deployment.ReaderAsync()];
        await Task.WhenAll([deployment.Identity.ListensAsync(), deployment.Messaging.ListensAsync(), .. deployment.Replicas.Select(replica => replica.ListensAsync())]);
        foreach (var replica in deployment.Replicas)
        {
            // Servers and messaging ask each other, and whoever starts first learns later where the other is.
            replica.Services.GetRequiredService<IConfiguration>()[MessagingKey] = settings[MessagingKey];
            using var client = replica.CreateClient();
            await Eventually.HoldsAsync("the replica's health", async () =>
            {
                using var health = await client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
                return health.IsSuccessStatusCode;
            });
        }

        return deployment;

        async Task<string> CreateDatabaseAsync(string name) =>
            new NpgsqlConnectionStringBuilder(await stores.CreateDatabaseAsync(name)) { Timeout = 60, CommandTimeout = 120 }.ConnectionString;
    }

    internal Task EmptyRedisAsync() => Redis.AskAsync(store => store.ScriptEvaluateAsync("return redis.call('FLUSHDB')"));

    /// <summary>After a change of a server past the routes: readers ask servers again.</summary>
    internal Task ForgetModelAsync(Guid server) => Redis.AskAsync(store => store.KeyDeleteAsync(PermissionModel.ServerKey(server)));

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

    /// <summary>Somebody's client, which keeps itself signed in.</summary>
    internal HttpClient ClientOf(Account account, int replica = 0) => new(new PersonHandler(Identity, account, repeats: _patient)) { BaseAddress = Replicas[replica].Address };

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

    private async Task<IChannelPermissions> ReaderAsync() => Own(await PermissionService.StartAsync(Settings)).Permissions;

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
