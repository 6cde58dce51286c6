using System.Data;
using Chat.Access;
using Npgsql;

namespace Chat.Servers.Access;

/// <summary>What the database says about one user in one channel.</summary>
/// <param name="Granted">The effective permissions; none when not a member.</param>
/// <param name="SlowMode">Seconds that the user has to let pass between two messages there; 0: none.</param>
internal sealed record ChannelRights(Guid Channel, Guid Server, long Rev, Contracts.Permissions Granted, int SlowMode);

/// <summary>What one user's permissions in one channel follow from.</summary>
/// <param name="Member">Null when the user is not a member of the channel's server.</param>
internal sealed record ChannelStanding(Guid Channel, Guid Server, long Rev, Guid User, MemberStanding? Member, ChannelRules Rules)
{
    /// <summary>The effective permissions; none when not a member.</summary>
    public Contracts.Permissions Granted { get; } = Member is null ? Contracts.Permissions.None : EffectivePermissions.Compute(Member, Rules);
}

/// <summary>Reads permissions where they are decided. One statement, by primary keys, whatever the size of the server.</summary>
internal sealed class PermissionLookup(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>$1 channels, $2 users, $3 now. A row for each user in each channel that exists.</summary>
    internal const string Sql = $"""
        select c.id, c.server_id, s.rev, u.id, s.owner_id = u.id, m.user_id is not null, s.archived_at is not null,
          exists(select from member_timeouts t where t.server_id = c.server_id and t.user_id = u.id and t.until > $3),
          array(select r.id from member_roles h join roles r on r.id = h.role_id where h.server_id = c.server_id and h.user_id = u.id order by r.id),
          array(select r.permissions from member_roles h join roles r on r.id = h.role_id where h.server_id = c.server_id and h.user_id = u.id order by r.id),
          {ChannelRulesSql.Columns}
        from channels c
        join servers s on s.id = c.server_id
        cross join unnest($2::uuid[]) u(id)
        left join members m on m.server_id = c.server_id and m.user_id = u.id
        where c.id = any($1)
        """;

    /// <summary>$1 channel, $2 roles. The channel's server with each of the roles that are of it, or with none.</summary>
    private const string RolesSql = """
        select c.server_id, r.id, r.mentionable from channels c left join roles r on r.id = any($2) and r.server_id = c.server_id where c.id = $1
        """;

    /// <summary>The channels that exist, visible or not.</summary>
    public async Task<IReadOnlyList<ChannelRights>> FindAsync(IReadOnlyCollection<Guid> channels, Guid user, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(channels, [user], cancellationToken)).Select(found => new ChannelRights(
            found.Channel, found.Server, found.Rev, found.Granted, EffectivePermissions.SlowMode(found.Granted, found.Rules)))];

    /// <summary>Each of the users in each of the channels that exist, all as of one moment.</summary>
    public async Task<IReadOnlyList<ChannelStanding>> ReadAsync(IReadOnlyCollection<Guid> channels, Guid[] users, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = channels.ToArray() });
        command.Parameters.Add(new() { Value = users });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<ChannelStanding>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(Read(reader));
        }

        return found;
    }

    /// <summary>
    /// Who of some users may view a channel, and which of some roles are of its server, as of one moment; also what server that is.
    /// </summary>
    /// <returns>Null when there is no such channel.</returns>
    public async Task<(Guid Server, ChannelAudience Audience)?> AudienceAsync(Guid channel, AudienceQuestion question, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new(RolesSql) { Parameters = { new() { Value = channel }, new() { Value = question.Roles.ToArray() } } },
                new(Sql) { Parameters = { new() { Value = new[] { channel } }, new() { Value = question.Users.ToArray() }, new() { Value = time.GetUtcNow() } } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        Guid? server = null;
        var mentionable = new Dictionary<Guid, bool>();
        while (await reader.ReadAsync(cancellationToken))
        {
            server = reader.GetGuid(0);
            if (!reader.IsDBNull(1))
            {
                mentionable[reader.GetGuid(1)] = reader.GetBoolean(2);
            }
        }

        await reader.NextResultAsync(cancellationToken);
        var viewers = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (Read(reader) is { Granted: not Contracts.Permissions.None } viewer)
            {
                viewers.Add(viewer.User);
            }
        }

        return server is not { } id ? null : (id, new ChannelAudience(
            [.. question.Users.Distinct().Where(viewers.Contains)],
            [.. question.Roles.Distinct().Where(mentionable.ContainsKey).Select(role => new AudienceRole(role, mentionable[role]))]));
    }

    private static ChannelStanding Read(NpgsqlDataReader reader)
    {
        var (user, isMember) = (reader.GetGuid(3), reader.GetBoolean(5));
        var roles = reader.GetFieldValue<Guid[]>(8).Zip(reader.GetFieldValue<long[]>(9), (id, granted) => new HeldRole(id, (Contracts.Permissions)granted)).ToArray();
        var standing = isMember ? new MemberStanding(user, reader.GetBoolean(4), roles, TimedOut: reader.GetBoolean(7), Archived: reader.GetBoolean(6)) : null;
        return new ChannelStanding(reader.GetGuid(0), reader.GetGuid(1), reader.GetInt64(2), user, standing, ChannelRulesSql.Read(reader, 10));
    }
}
