using System.Data;
using Chat.Access;
using Npgsql;

namespace Chat.Servers.People;

/// <summary>Reads every server of somebody with the channels that they may view, as of one moment, in four statements however many servers and channels there are.</summary>
internal sealed class UserServersReader(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>$1 user, $2 a server or null, $3 now.</summary>
    internal const string Memberships = """
        select s.id, s.name, m.joined_at, s.rev, s.owner_id = $1, s.archived_at is not null,
          exists(select from member_timeouts t where t.server_id = s.id and t.user_id = $1 and t.until > $3)
        from members m join servers s on s.id = m.server_id
        where m.user_id = $1 and ($2::uuid is null or m.server_id = $2)
        order by m.joined_at, s.id
        """;

    /// <summary>$1 user, $2 a server or null.</summary>
    internal const string Roles = """
        select m.server_id, r.id, r.permissions
        from members m join member_roles h on h.server_id = m.server_id and h.user_id = m.user_id join roles r on r.id = h.role_id
        where m.user_id = $1 and ($2::uuid is null or m.server_id = $2)
        order by r.id
        """;

    /// <summary>$1 user, $2 a server or null. Only what channels say of the user and of roles that they hold: of all that is said this is little.</summary>
    internal const string Overrides = """
        select o.channel_id, o.target_id, o.allow, o.deny from channel_overrides o where o.target_id = $1
        union all
        select o.channel_id, o.target_id, o.allow, o.deny
        from members m join member_roles h on h.server_id = m.server_id and h.user_id = m.user_id join channel_overrides o on o.target_id = h.role_id
        where m.user_id = $1 and ($2::uuid is null or m.server_id = $2)
        """;

    /// <summary>$1 user, $2 a server or null.</summary>
    internal const string Channels = """
        select c.server_id, c.id, c.name, c.kind, c.private
        from members m join channels c on c.server_id = m.server_id
        where m.user_id = $1 and ($2::uuid is null or m.server_id = $2)
        order by c.id
        """;

    /// <param name="server">Only this one; null: all.</param>
    public async Task<IReadOnlyList<UserServer>> ReadAsync(Guid user, Guid? server, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        object one = server is { } id ? id : DBNull.Value;
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { Command(Memberships, user, one, time.GetUtcNow()), Command(Roles, user, one), Command(Overrides, user, one), Command(Channels, user, one) },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var memberships = await RowsAsync(reader, Membership.Read, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var roles = (await RowsAsync(reader, row => (Server: row.GetGuid(0), Role: new HeldRole(row.GetGuid(1), (Contracts.Permissions)row.GetInt64(2))), cancellationToken))
            .ToLookup(held => held.Server, held => held.Role);
        await reader.NextResultAsync(cancellationToken);
        var overrides = (await RowsAsync(
                reader,
                row => (Channel: row.GetGuid(0), Change: new ChannelOverride(row.GetGuid(1), (Contracts.Permissions)row.GetInt64(2), (Contracts.Permissions)row.GetInt64(3))),
                cancellationToken))
            .ToLookup(change => change.Channel, change => change.Change);
        var standings = memberships.ToDictionary(member => member.Server, member => new MemberStanding(user, member.Owner, [.. roles[member.Server]], member.TimedOut, member.Archived));
        await reader.NextResultAsync(cancellationToken);
        var visible = (await RowsAsync(reader, row => Visible(row, standings, overrides), cancellationToken)).ToLookup(channel => channel.Server, channel => channel.Channel);
        return [.. memberships.Select(member => new UserServer(
            member.Server, member.Name, member.JoinedAt, member.Rev, [.. roles[member.Server].Select(role => role.Id)], [.. visible[member.Server].OfType<UserChannel>()]))];
    }

    private static (Guid Server, UserChannel? Channel) Visible(NpgsqlDataReader row, Dictionary<Guid, MemberStanding> standings, ILookup<Guid, ChannelOverride> overrides)
    {
        var (server, id) = (row.GetGuid(0), row.GetGuid(1));
        var rules = new ChannelRules(row.GetBoolean(4), overrides.Contains(id) ? [.. overrides[id]] : []);
        return (server, EffectivePermissions.Compute(standings[server], rules) == Contracts.Permissions.None ? null : new UserChannel(id, row.GetString(2), row.GetString(3)));
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }

    private static async Task<List<T>> RowsAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private sealed record Membership(Guid Server, string Name, DateTimeOffset JoinedAt, long Rev, bool Owner, bool Archived, bool TimedOut)
    {
        public static Membership Read(NpgsqlDataReader row) => new(
            row.GetGuid(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetInt64(3), row.GetBoolean(4), row.GetBoolean(5), row.GetBoolean(6));
    }
}
