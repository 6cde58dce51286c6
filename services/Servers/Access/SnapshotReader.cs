using System.Data;
using Chat.Access;
using Npgsql;

namespace Chat.Servers.Access;

/// <summary>Reads a server's whole permission model as of one revision.</summary>
internal sealed class SnapshotReader(NpgsqlDataSource source)
{
    /// <returns>Null when the server does not exist.</returns>
    public async Task<ModelSnapshot?> ReadAsync(Guid server, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var sql in (string[])[
            "select rev, owner_id, archived_at is not null from servers where id = $1",
            $"select id, {ChannelRulesSql.Columns} from channels c where server_id = $1",
            "select id, permissions, mentionable from roles where server_id = $1",
            """
            select m.user_id, coalesce(array_agg(h.role_id) filter (where h.role_id is not null), '{}')
            from members m left join member_roles h on h.server_id = m.server_id and h.user_id = m.user_id
            where m.server_id = $1 group by m.user_id
            """,
            "select user_id, until from member_timeouts where server_id = $1 and until > now()"])
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = server } } });
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? await ReadAsync(server, reader, cancellationToken) : null;
    }

    private static async Task<ModelSnapshot> ReadAsync(Guid server, NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rev = reader.GetInt64(0);
        var fields = new List<KeyValuePair<string, string>> { new(PermissionModel.Owner, reader.GetGuid(1).ToString()) };
        if (reader.GetBoolean(2))
        {
            fields.Add(new(PermissionModel.Archived, "1"));
        }

        var channels = new List<Guid>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            channels.Add(reader.GetGuid(0));
            fields.Add(new(PermissionModel.Channel(channels[^1]), PermissionModel.Encode(ChannelRulesSql.Read(reader, 1))));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            fields.Add(new(PermissionModel.Role(reader.GetGuid(0)), PermissionModel.Encode((Contracts.Permissions)reader.GetInt64(1), reader.GetBoolean(2))));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            fields.Add(new(PermissionModel.Member(reader.GetGuid(0)), PermissionModel.Encode(reader.GetFieldValue<Guid[]>(1))));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            fields.Add(new(PermissionModel.Timeout(reader.GetGuid(0)), PermissionModel.Encode(reader.GetFieldValue<DateTimeOffset>(1))));
        }

        return new ModelSnapshot(server, rev, fields, channels);
    }
}
