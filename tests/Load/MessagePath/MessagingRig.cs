using System.Globalization;
using Chat.ServiceDefaults.Tokens;
using Npgsql;
using StackExchange.Redis;

namespace Chat.Load.MessagePath;

/// <summary>A messaging service of the rig: its settings, and a database of its own.</summary>
/// <param name="Name">In results and as a part of resource names: letters and dashes.</param>
internal sealed record RigMode(string Name, params (string Key, string Value)[] Settings)
{
    public string Resource => $"messaging-{Name}";

    public string Database => $"messages-{Name}";
}

/// <summary>
/// PostgreSQL (fsync on), Redis, RabbitMQ, servers, and a messaging service for each mode, which is spoken to without a gateway. There is no realtime: events end at the broker.
/// Limits are off.
/// </summary>
internal sealed class MessagingRig : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private readonly DistributedApplication _app;

    private MessagingRig(DistributedApplication app, MintedTokens tokens, MetricsCollector metrics) => (_app, Tokens, Metrics) = (app, tokens, metrics);

    public MintedTokens Tokens { get; }

    public MetricsCollector Metrics { get; }

    public Uri Address(RigMode mode) => _app.GetEndpoint(mode.Resource, "http");

    public async Task<string> StoreAsync(string name) => await _app.GetConnectionStringAsync(name) ?? throw new InvalidOperationException($"{name} has no connection string.");

    public Task<string> ServersDatabaseAsync() => StoreAsync("rights-db");

    public static async Task<MessagingRig> StartAsync(IReadOnlyList<RigMode> modes)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        var tokens = await MintedTokens.StartAsync();
        var metrics = await MetricsCollector.StartAsync();
        // The system's own builder knows its projects; what it would start is replaced, under other names, for health checks keep theirs.
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Chat_AppHost>([$"OTEL_EXPORTER_OTLP_ENDPOINT={metrics.Address}"], limit.Token);
        builder.Resources.Clear();
        var store = builder.AddPostgres("store");
        var cache = builder.AddRedis("cache");
        var bus = builder.AddRabbitMQ("bus");
        var servers = Service(builder.AddProject<Projects.Chat_Servers>("rights"), store.AddDatabase("rights-db"), "serversdb");
        foreach (var mode in modes)
        {
            var messaging = Service(builder.AddProject<Projects.Chat_Messaging>(mode.Resource), store.AddDatabase(mode.Database), "messagingdb")
                .WithEnvironment("services__servers__http__0", servers.GetEndpoint("http")).WaitFor(servers)
                .WithEnvironment("Limits__Enabled", "false")
                // A busy machine is measured, not given up.
                .WithEnvironment("Writer__MaxWait", "00:00:30")
                .WithEnvironment("Writer__CommitTimeout", "00:00:30");
            foreach (var (key, value) in mode.Settings)
                messaging.WithEnvironment(key.Replace(":", "__", StringComparison.Ordinal), value);
        }

        var app = await builder.BuildAsync(limit.Token);
        await app.StartAsync(limit.Token);
        foreach (var mode in modes)
            await app.ResourceNotifications.WaitForResourceHealthyAsync(mode.Resource, limit.Token);
        var rig = new MessagingRig(app, tokens, metrics);
        // No session of a minted token was ever revoked.
        await using var redis = await ConnectAsync(await rig.StoreAsync("cache"));
        await redis.Connection.GetDatabase().StringSetAsync(SessionStatus.ReadyKey, "1");
        return rig;

        IResourceBuilder<ProjectResource> Service(IResourceBuilder<ProjectResource> project, IResourceBuilder<PostgresDatabaseResource> database, string name) => project
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/health")
            .WithReference(database, name).WaitFor(database)
            .WithReference(cache, "redis").WaitFor(cache)
            .WithReference(bus, "rabbitmq").WaitFor(bus)
            .WithEnvironment("services__identity__http__0", tokens.Address.ToString())
            .WithEnvironment("ServiceKey", new string('-', 48))
            .WithEnvironment("Auth__Issuer", MintedTokens.Issuer)
            .WithEnvironment("Logging__LogLevel__Default", "Warning")
            .WithEnvironment("OTEL_TRACES_SAMPLER", "always_off")
            .WithEnvironment("OTEL_METRIC_EXPORT_INTERVAL", MetricsCollector.Interval.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The process of a service.</summary>
    public async Task<int> ProcessAsync(string resource)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        await foreach (var change in _app.ResourceNotifications.WatchAsync(limit.Token))
        {
            if (change.Resource.Name == resource && change.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } process)
                return Convert.ToInt32(process, CultureInfo.InvariantCulture);
        }

        throw new InvalidOperationException($"{resource} has no process.");
    }

    /// <summary>Waits until everything that a mode committed is published.</summary>
    public async Task DrainAsync(RigMode mode)
    {
        await using var source = NpgsqlDataSource.Create(await StoreAsync(mode.Database));
        await using var command = source.CreateCommand("select count(*) from outbox");
        using var limit = new CancellationTokenSource(StartLimit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await command.ExecuteScalarAsync(limit.Token) is > 0L)
            await timer.WaitForNextTickAsync(limit.Token);
    }

    public static async Task<RedisConnection> ConnectAsync(string redis) => new(await ConnectionMultiplexer.ConnectAsync(redis));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Tokens.DisposeAsync();
        await Metrics.DisposeAsync();
    }

    internal sealed record RedisConnection(ConnectionMultiplexer Connection) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Connection.CloseAsync();
            Connection.Dispose();
        }
    }
}
