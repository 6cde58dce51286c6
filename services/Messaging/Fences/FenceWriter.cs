using Npgsql;

namespace Chat.Messaging.Fences;

/// <summary>Raises fences. Waits for every send under way in the server's channels, for those hold the rows that it changes.</summary>
internal sealed class FenceWriter(NpgsqlDataSource store)
{
    private const string RaiseFence =
        """
        INSERT INTO server_fences (server_id, access_rev) VALUES ($1, $2)
        ON CONFLICT (server_id) DO UPDATE SET access_rev = greatest(server_fences.access_rev, excluded.access_rev)
        """;

    // In the order of their ids, as sends lock them.
    private const string LockChannels = "SELECT id FROM channels WHERE server_id = $1 AND access_rev < $2 ORDER BY id FOR NO KEY UPDATE";

    private const string RaiseChannels = "UPDATE channels SET access_rev = $2 WHERE server_id = $1 AND access_rev < $2";

    public async Task RaiseAsync(Guid server, long rev, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        // One batch is one transaction.
        await using var batch = connection.CreateBatch();
        foreach (var sql in (string[])[RaiseFence, LockChannels, RaiseChannels])
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = server }, new() { Value = rev } } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
