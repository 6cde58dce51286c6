using System.Data;
using Npgsql;

namespace Chat.Servers.Access;

/// <summary>A member, as far as permissions follow from what they are.</summary>
internal sealed record PreviewedMember(Guid User, IReadOnlyList<Guid> Roles, bool TimedOut);

/// <summary>What a page of a preview is computed from, all of one revision.</summary>
/// <param name="Asking">Null when the caller is not a member.</param>
/// <param name="Members">Those concerned, by user id, at most <see cref="PreviewReader.MostMembers"/>.</param>
internal sealed record PreviewState(RightsStructure Structure, PreviewedMember? Asking, IReadOnlyList<PreviewedMember> Members);

/// <summary>Reads a server's structure and the next members whom a change would concern.</summary>
internal sealed class PreviewReader(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>Looked at for one page, whether the change makes a difference to them or not.</summary>
    public const int MostMembers = 1000;

    /// <summary>$1 server, $2 the first user, $3 now, $4 how many.</summary>
    internal const string Everybody = $"""
        select m.user_id, {State}
        from members m where m.server_id = $1 and m.user_id >= $2 order by m.user_id limit $4
        """;

    /// <summary>As <see cref="Everybody"/>; $5 a role, whose holders, or a user, who alone.</summary>
    internal const string Concerned = $"""
        select m.user_id, {State}
        from (
          select user_id from member_roles where role_id = $5 and server_id = $1 and user_id >= $2
          union all select user_id from members where server_id = $1 and user_id = $5 and user_id >= $2
          order by user_id limit $4) m
        order by m.user_id
        """;

    private const string State = """
        array(select h.role_id from member_roles h where h.server_id = $1 and h.user_id = m.user_id order by h.role_id),
          exists(select from member_timeouts t where t.server_id = $1 and t.user_id = m.user_id and t.until > $3)
        """;

    /// <param name="target">A role, whose holders, or a user, who alone; null: everybody.</param>
    /// <param name="from">The first user.</param>
    /// <returns>Null when there is no such server.</returns>
    public async Task<PreviewState?> ReadAsync(Guid server, Guid caller, Guid? target, Guid from, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var now = time.GetUtcNow();
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                Command("select rev, owner_id, archived_at is not null from servers where id = $1", server),
                Command("select id, permissions, built_in from roles where server_id = $1", server),
                Command($"select c.id, {ChannelRulesSql.Columns} from channels c where c.server_id = $1 order by c.id", server),
                Command(Everybody, server, caller, now, 1),
                target is { } one ? Command(Concerned, server, from, now, MostMembers + 1, one) : Command(Everybody, server, from, now, MostMembers + 1),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        var (rev, owner, archived) = (reader.GetInt64(0), reader.GetGuid(1), reader.GetBoolean(2));
        var roles = (await NextAsync(reader, row => (Id: row.GetGuid(0), Role: new StructureRole((Contracts.Permissions)row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2))), cancellationToken))
            .ToDictionary(role => role.Id, role => role.Role);
        var channels = await NextAsync(reader, row => (row.GetGuid(0), ChannelRulesSql.Read(row, 1)), cancellationToken);
        var asking = (await NextAsync(reader, Member, cancellationToken)).Find(member => member.User == caller);
        var members = await NextAsync(reader, Member, cancellationToken);
        return new PreviewState(new RightsStructure(server, rev, owner, archived, roles, channels), asking, members);
    }

    private static PreviewedMember Member(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetFieldValue<Guid[]>(1), row.GetBoolean(2));

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }

    private static async Task<List<T>> NextAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
