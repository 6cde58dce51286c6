using Chat.Access;
using Npgsql;

namespace Chat.Servers.Access;

/// <summary>What the database says about one user in one channel.</summary>
/// <param name="Granted">The effective permissions; none when not a member.</param>
internal sealed record ChannelRights(Guid Channel, Guid Server, long Rev, Contracts.Permissions Granted);

/// <summary>Reads permissions where they are decided. One statement, by primary keys, whatever the size of the server.</summary>
internal sealed class PermissionLookup(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>$1 channels, $2 user, $3 now. A row for each channel that exists.</summary>
    internal const string Sql = $"""
        select c.id, c.server_id, s.rev, s.owner_id = $2, m.user_id is not null, s.archived_at is not null,
          exists(select from member_timeouts t where t.server_id = c.server_id and t.user_id = $2 and t.until > $3),
          array(select r.id from member_roles h join roles r on r.id = h.role_id where h.server_id = c.server_id and h.user_id = $2 order by r.id),
          array(select r.permissions from member_roles h join roles r on r.id = h.role_id where h.server_id = c.server_id and h.user_id = $2 order by r.id),
          {ChannelRulesSql.Columns}
        from channels c
        join servers s on s.id = c.server_id
        left join members m on m.server_id = c.server_id and m.user_id = $2
        where c.id = any($1)
        """;

    /// <summary>The channels that exist, visible or not.</summary>
    public async Task<IReadOnlyList<ChannelRights>> FindAsync(IReadOnlyCollection<Guid> channels, Guid user, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = channels.ToArray() });
        command.Parameters.Add(new() { Value = user });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<ChannelRights>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var roles = reader.GetFieldValue<Guid[]>(7).Zip(reader.GetFieldValue<long[]>(8), (id, granted) => new HeldRole(id, (Contracts.Permissions)granted)).ToArray();
            var standing = new MemberStanding(user, reader.GetBoolean(3), roles, TimedOut: reader.GetBoolean(6), Archived: reader.GetBoolean(5));
            var granted = reader.GetBoolean(4) ? EffectivePermissions.Compute(standing, ChannelRulesSql.Read(reader, 9)) : Contracts.Permissions.None;
            found.Add(new ChannelRights(reader.GetGuid(0), reader.GetGuid(1), reader.GetInt64(2), granted));
        }

        return found;
    }
}
