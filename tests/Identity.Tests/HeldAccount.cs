using Npgsql;

namespace Chat.Identity.Tests;

/// <summary>An account's row, held as whoever changes the account holds it: requests that concern it have got past every check and wait here.</summary>
internal sealed class HeldAccount : IAsyncDisposable
{
    private readonly string _database;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private HeldAccount(string database, NpgsqlConnection connection, NpgsqlTransaction transaction) => (_database, _connection, _transaction) = (database, connection, transaction);

    public static async Task<HeldAccount> TakeAsync(string database, string username)
    {
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Calls.Cancel);
        var held = new HeldAccount(database, connection, await connection.BeginTransactionAsync(Calls.Cancel));
        await held.RunAsync("select 1 from accounts where username = $1 for no key update", username);
        return held;
    }

    /// <summary>Until so many requests wait, for this or for one another.</summary>
    public Task WaitedForAsync(int requests = 1) => Eventually.HoldsAsync($"{requests} to wait for the account", async () => await Sql.ReadAsync<long>(
        _database,
        """
        with recursive waiting(pid) as (
            select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid))
            union select a.pid from pg_stat_activity a join waiting w on w.pid = any(pg_blocking_pids(a.pid)))
        select count(*) from waiting
        """,
        _connection.ProcessID) >= requests);

    /// <summary>A statement of the transaction that holds the account.</summary>
    public async Task RunAsync(string text, params object[] values)
    {
        await using var command = new NpgsqlCommand(text, _connection, _transaction);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        await command.ExecuteNonQueryAsync(Calls.Cancel);
    }

    public Task ReleaseAsync() => _transaction.CommitAsync(Calls.Cancel);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
