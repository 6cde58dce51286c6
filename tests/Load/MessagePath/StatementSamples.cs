using System.Diagnostics;
using Npgsql;

namespace Chat.Load.MessagePath;

/// <summary>What a database's connections are at, looked at again and again: how many of them are at each kind of work at a time, on average.</summary>
internal sealed class StatementSamples
{
    public static readonly string[] Kinds = ["lock", "look up", "insert", "commit", "client", "publish"];

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    // The statement that a batch is at is the query shown; a connection between its two round trips waits for the service.
    private const string Sql = """
        select case
            when query ~* '\moutbox\M' and query !~* '^\s*insert' then 'publish'
            when state like 'idle in transaction%' then 'client'
            when query ~* 'for no key update|^begin|^set local' then 'lock'
            when query ~* '^\s*(insert|update channels)' then 'insert'
            when query ~* '^\s*commit' then 'commit'
            else 'look up'
          end, count(*)
        from pg_stat_activity where datname = $1 and state <> 'idle' and backend_type = 'client backend' and pid <> pg_backend_pid() group by 1
        """;

    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private long _looks;

    public double Average(string kind) => _looks == 0 ? double.NaN : (double)_seen.GetValueOrDefault(kind) / _looks;

    /// <param name="store">A connection string of the server, to another database than the one that is looked at.</param>
    public static async Task<StatementSamples> TakeAsync(string store, string database, CancellationToken ending)
    {
        var samples = new StatementSamples();
        await using var source = NpgsqlDataSource.Create(store);
        await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = database } } };
        await command.PrepareAsync(CancellationToken.None);
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(ending))
            {
                await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
                while (await reader.ReadAsync(CancellationToken.None))
                    samples._seen[reader.GetString(0)] = samples._seen.GetValueOrDefault(reader.GetString(0)) + reader.GetInt64(1);
                samples._looks++;
            }
        }
        catch (OperationCanceledException)
        {
            Debug.Assert(ending.IsCancellationRequested, "Only the end of the phase cancels.");
        }

        return samples;
    }
}
