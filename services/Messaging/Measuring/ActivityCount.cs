using System.Text.Json;
using Chat.Contracts;
using Chat.ServiceDefaults.Json;
using Npgsql;

namespace Chat.Messaging.Measuring;

/// <summary>Counts, server by server, the revisions that came since the last time, and tells them: moving the mark and the event are one transaction.</summary>
internal sealed class ActivityCount(TimeProvider clock)
{
    /// <summary>Servers in one pass. The next pass goes on behind them.</summary>
    public const int ServersInPass = 5000;

    // Filtered while walking the index by server: an index of what is to be counted would have to be changed with every send.
    private const string FindServers =
        "SELECT DISTINCT server_id FROM channels WHERE server_id > $1 AND rev > counted_rev ORDER BY server_id LIMIT $2";

    // Every channel of a server is locked at once, at most as many as a server may have, for two round trips; in the order of their ids, as sends lock them.
    private const string LockChannels =
        "SELECT id, rev, counted_rev FROM channels WHERE server_id = $1 AND rev > counted_rev ORDER BY id FOR NO KEY UPDATE";

    private const string MoveMarks = "UPDATE channels c SET counted_rev = n.rev FROM unnest($1, $2) AS n (id, rev) WHERE c.id = n.id";

    private const string InsertEvent = $"INSERT INTO outbox (key, type, body) VALUES ($1, '{nameof(ServerActivityMeasured)}', $2)";

    /// <summary>Counts the servers that follow <paramref name="after"/>, <see cref="ServersInPass"/> at most.</summary>
    /// <returns>Where the next pass continues: the last server of this one, or the beginning.</returns>
    public async Task<Guid> RunAsync(NpgsqlConnection connection, Guid after, CancellationToken cancellationToken)
    {
        var servers = await FindAsync(connection, after, cancellationToken);
        foreach (var server in servers)
            await CountAsync(connection, server, cancellationToken);
        return servers.Count == ServersInPass ? servers[^1] : Guid.Empty;
    }

    private static async Task<List<Guid>> FindAsync(NpgsqlConnection connection, Guid after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindServers, connection) { Parameters = { new() { Value = after }, new() { Value = ServersInPass } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var servers = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
            servers.Add(reader.GetGuid(0));
        return servers;
    }

    private async Task CountAsync(NpgsqlConnection connection, Guid server, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var ids = new List<Guid>();
        var revs = new List<long>();
        var changes = 0L;
        await using (var command = new NpgsqlCommand(LockChannels, connection, transaction) { Parameters = { new() { Value = server } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                ids.Add(reader.GetGuid(0));
                revs.Add(reader.GetInt64(1));
                changes += reader.GetInt64(1) - reader.GetInt64(2);
            }
        }

        if (changes == 0)
            return;

        var told = new ServerActivityMeasured { Server = server, Changes = changes, At = clock.GetUtcNow() };
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new(MoveMarks) { Parameters = { new() { Value = ids.ToArray() }, new() { Value = revs.ToArray() } } },
                new(InsertEvent) { Parameters = { new() { Value = server.ToString() }, new() { Value = JsonSerializer.Serialize(told, JsonDefaults.Options) } } },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
