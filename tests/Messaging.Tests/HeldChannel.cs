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
        // As sends do: the index of search, which only keeps a channel from being removed meanwhile, does not wait for it and is not taken for one of them.
        await Sql.RunAsync(connection, "select from channels where id = $1 for no key update", channel);
        return new HeldChannel(connection);
    }

    /// <summary>Returns when a transaction waits for the row: from then on, what is sent queues.</summary>
    public Task AwaitedAsync(int by = 1) => Sql.AwaitedAsync(_connection, by);

    /// <summary>Raises the channel's fence before those that wait go on: releases the channel.</summary>
    public async Task RaiseFenceAsync(Guid channel, long rev)
    {
        await Sql.RunAsync(_connection, "update channels set access_rev = $2 where id = $1", channel, rev);
        await Sql.RunAsync(_connection, "commit");
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}

/// <summary>
/// Holds one send in the middle of its transaction, with its channel locked: the unique index of nonces makes it wait for another message with the same, which never comes.
/// </summary>
internal sealed class HeldSend : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private HeldSend(NpgsqlConnection connection) => _connection = connection;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static async Task<HeldSend> HoldAsync(string database, Guid channel, Guid author, string nonce)
    {
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ending);
        await Sql.RunAsync(connection, "begin");
        await Sql.RunAsync(
            connection,
            "insert into messages (channel, seq, rev, id, author, nonce, content, created_at) values ($1, -1, -1, gen_random_uuid(), $2, $3, '', now())",
            channel,
            author,
            nonce);
        return new HeldSend(connection);
    }

    /// <summary>Returns when so many transactions wait: the send, and those that wait for its channel.</summary>
    public Task AwaitedAsync(int by = 1) => Sql.AwaitedAsync(_connection, by);

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

    /// <summary>Returns when so many transactions wait for the one of this connection, directly or behind one another.</summary>
    public static Task AwaitedAsync(NpgsqlConnection connection, int by) => Eventually.HoldsAsync("a transaction waits for the one that is held", TimeSpan.FromSeconds(30), async () =>
        await ScalarAsync<long>(
            connection,
            """
            with recursive waiting (pid) as (
                select pid from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))
                union
                select l.pid from waiting w join pg_locks l on not l.granted and w.pid = any (pg_blocking_pids(l.pid)))
            select count(*) from waiting
            """) >= by);

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
