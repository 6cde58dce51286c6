using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>Holds the row of a channel, so that sends in its lane gather into one group until it is released.</summary>
internal sealed class HeldChannel : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private HeldChannel(NpgsqlConnection connection) => _connection = connection;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static async Task<HeldChannel> HoldAsync(string database, Guid channel)
    {
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ending);
        await Sql.RunAsync(connection, "insert into channels (id) values ($1) on conflict do nothing", channel);
        await Sql.RunAsync(connection, "begin");
        await Sql.RunAsync(connection, "select from channels where id = $1 for update", channel);
        return new HeldChannel(connection);
    }

    /// <summary>Returns when a transaction waits for the row: from then on, what is sent queues.</summary>
    public Task AwaitedAsync() => Eventually.HoldsAsync("a transaction waits for the channel", TimeSpan.FromSeconds(5), async () =>
        await Sql.ScalarAsync<long>(_connection, "select count(*) from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))") > 0);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}

internal static class Sql
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static async Task RunAsync(string database, string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ending);
        await RunAsync(connection, sql, values);
    }

    public static async Task<T> ScalarAsync<T>(string database, string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ending);
        return await ScalarAsync<T>(connection, sql, values);
    }

    public static async Task RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        await command.ExecuteNonQueryAsync(Ending);
    }

    public static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        return (T)(await command.ExecuteScalarAsync(Ending) ?? throw new InvalidOperationException("No row."));
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }
}
