using Chat.Access;
using Npgsql;

namespace Chat.Messaging.Writing;

/// <summary>
/// Makes the rows of channels in which nobody has written yet, and gives those from before servers were kept their server. A transaction of its own, for it holds the
/// servers' fences, and a group that has channels locked must not wait for those (the order is in <see cref="Fences.Fence"/>).
/// </summary>
internal static class ChannelAdoption
{
    private const string CreateFences = "INSERT INTO server_fences (server_id) SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id ON CONFLICT (server_id) DO NOTHING";

    private const string HoldFences = "SELECT FROM server_fences WHERE server_id = ANY ($1) ORDER BY server_id FOR SHARE";

    // Who is behind the fence gets no row: the channel may be one that was deleted, and would be back. A thread has its row from the beginning, or is deleted.
    private const string AdoptChannels =
        """
        INSERT INTO channels (id, server_id, access_rev)
        SELECT n.id, f.server_id, f.access_rev
        FROM unnest($1, $2, $3) AS n (id, server_id, rev)
        JOIN server_fences f ON f.server_id = n.server_id AND f.access_rev <= n.rev
        WHERE NOT EXISTS (SELECT FROM threads t WHERE t.id = n.id)
        ORDER BY n.id
        ON CONFLICT (id) DO UPDATE SET server_id = excluded.server_id, access_rev = excluded.access_rev WHERE channels.server_id IS NULL
        """;

    /// <summary>Gives up the connection's transaction and makes the rows for these messages, in one round trip. Channels of messages that all are behind the fence stay away.</summary>
    public static Task InsteadAsync(NpgsqlConnection connection, IReadOnlyList<PendingMessage> strays, CancellationToken cancellationToken) => RunAsync(
        connection,
        "ROLLBACK",
        [.. strays.GroupBy(pending => pending.Channel, (id, sends) => (id, sends.First().Access.Server, sends.Max(pending => pending.Access.Rev)))],
        cancellationToken);

    /// <summary>Gives a channel's row from before servers were kept its server: without it the row does not say what was taken away there.</summary>
    public static async Task AdoptAsync(NpgsqlDataSource store, Guid channel, ChannelAccess access, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await RunAsync(connection, null, [(channel, access.Server, access.Rev)], cancellationToken);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string? first, (Guid Id, Guid Server, long Rev)[] channels, CancellationToken cancellationToken)
    {
        var servers = channels.Select(channel => channel.Server).ToArray();

        await using var batch = connection.CreateBatch();
        if (first is not null)
            Add(first);
        Add("BEGIN ISOLATION LEVEL READ COMMITTED");
        Add(CreateFences, servers);
        Add(HoldFences, servers);
        Add(AdoptChannels, channels.Select(channel => channel.Id).ToArray(), servers, channels.Select(channel => channel.Rev).ToArray());
        Add("COMMIT");
        await batch.ExecuteNonQueryAsync(cancellationToken);

        void Add(string sql, params ReadOnlySpan<object> values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
                command.Parameters.Add(new() { Value = value });
            batch.BatchCommands.Add(command);
        }
    }
}
