using Npgsql;
using Xunit;

namespace Chat.Stores;

/// <summary>
/// Real PostgreSQL, Redis and RabbitMQ for one test assembly: register it as <c>[assembly: AssemblyFixture(typeof(Stores))]</c>. A supplied
/// <c>ConnectionStrings__postgres</c> (<c>redis</c>, <c>rabbitmq</c>) in the environment is used as it is.
/// </summary>
public sealed class Stores : IAsyncLifetime
{
    /// <summary>The secret that services under test share.</summary>
    public const string ServiceKey = "a-key-for-tests-only-0123456789abcdef";

    /// <summary>Connection string of the PostgreSQL server, without a database.</summary>
    public string Postgres { get; private set; } = "";

    /// <summary>Connection string of Redis.</summary>
    public string Redis { get; private set; } = "";

    /// <summary>Address of RabbitMQ.</summary>
    public string RabbitMq { get; private set; } = "";

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        Postgres = Supplied("postgres");
        Redis = Supplied("redis");
        RabbitMq = Supplied("rabbitmq");
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

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

    private static string Supplied(string name) =>
        Environment.GetEnvironmentVariable($"ConnectionStrings__{name}") ?? throw new InvalidOperationException($"ConnectionStrings__{name} is not set.");
}
