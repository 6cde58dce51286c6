using Chat.Hosting;
using Chat.Hosting.Testing;
using Npgsql;
using Xunit;

namespace Chat.Stores;

/// <summary>
/// Real PostgreSQL, Redis and RabbitMQ for one test assembly: register it as <c>[assembly: AssemblyFixture(typeof(Stores))]</c>. The local
/// engine starts them on throw-away data; a supplied <c>ConnectionStrings__postgres</c> (<c>redis</c>, <c>rabbitmq</c>) in the environment is used as it is.
/// </summary>
public sealed class Stores : IAsyncLifetime
{
    /// <summary>The secret that services under test share.</summary>
    public const string ServiceKey = "a-key-for-tests-only-0123456789abcdef";

    /// <summary>Seconds as a rule; the first run on a machine downloads them.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10);

    private DistributedApplication? _app;

    /// <summary>Connection string of the PostgreSQL server, without a database.</summary>
    public string Postgres { get; private set; } = "";

    /// <summary>Connection string of Redis.</summary>
    public string Redis { get; private set; } = "";

    /// <summary>Address of RabbitMQ.</summary>
    public string RabbitMq { get; private set; } = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        await using var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddPostgres("postgres");
        builder.AddRedis("redis");
        builder.AddRabbitMQ("rabbitmq");
        _app = await builder.BuildAsync(limit.Token);
        await _app.StartAsync(limit.Token);
        Postgres = await ReadyAsync(_app, "postgres", limit.Token);
        Redis = await ReadyAsync(_app, "redis", limit.Token);
        RabbitMq = await ReadyAsync(_app, "rabbitmq", limit.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }

    /// <summary>Creates an empty database with a name of its own and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(string prefix, CancellationToken cancellationToken = default)
    {
        var name = $"{prefix}_{Guid.CreateVersion7():n}";
        await using var connection = new NpgsqlConnection(Postgres);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"create database \"{name}\"", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new NpgsqlConnectionStringBuilder(Postgres) { Database = name }.ConnectionString;
    }

    private static async Task<string> ReadyAsync(DistributedApplication app, string name, CancellationToken cancellationToken)
    {
        await app.ResourceNotifications.WaitForResourceHealthyAsync(name, cancellationToken);
        return await app.GetConnectionStringAsync(name, cancellationToken) ?? throw new InvalidOperationException($"{name} has no connection string.");
    }
}
