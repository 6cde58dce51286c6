using Chat.Access;
using Npgsql;

namespace Chat.Messaging.ReadStates;

/// <summary>
/// What somebody sees of servers at one moment, in the form in which statements take it: the parameters $1 to $8. Conversations and threads are not among it, those a statement finds by itself.
/// </summary>
internal sealed class SeenChannels
{
    private readonly (Guid Id, int Place)[] _channels;
    private readonly UserServer[] _servers;
    private readonly DateTimeOffset?[] _joined;

    private SeenChannels((Guid Id, int Place)[] channels, UserServer[] servers, DateTimeOffset?[] joined) => (_channels, _servers, _joined) = (channels, servers, joined);

    /// <summary>The statement's rows of what is seen: <c>seen (id, place, server, joined_at, rev)</c>, and <c>held (place, roles)</c>, the roles in each server.</summary>
    public const string Tables =
        """
        seen AS (
          SELECT u.id, u.place, g.server, g.joined_at, g.rev
          FROM unnest($2::uuid[], $3::bigint[]) AS u (id, place)
          JOIN unnest($4::uuid[], $5::timestamptz[], $6::bigint[]) WITH ORDINALITY AS g (server, joined_at, rev, place) ON g.place = u.place),
        held AS (SELECT place, array_agg(id) AS roles FROM unnest($7::uuid[], $8::bigint[]) AS r (id, place) GROUP BY place)
        """;

    /// <summary>
    /// Of a row <c>c</c> of channels: it was not deleted. A deleted thread leaves its row for a moment, with what was said in it, and with a fence that no answer of the servers service passes.
    /// </summary>
    public const string There = "c.access_rev < 9223372036854775807";

    /// <summary>
    /// The conversations of $1: <c>talks (id, joined_at, joined_rev)</c>, without requests of others to talk that $1 has not agreed to: those are shown as requests, not as unread.
    /// </summary>
    /// <param name="condition">Whether there are to be any.</param>
    public static string Talks(string condition) =>
        $"""
        talks AS (
          SELECT m.conversation AS id, m.joined_at, m.joined_rev
          FROM conversation_members m JOIN conversations c ON c.id = m.conversation
          WHERE {condition} AND m.user_id = $1 AND (c.requested_by IS NULL OR c.requested_by = $1))
        """;

    /// <summary>Nothing of any server.</summary>
    public static SeenChannels None { get; } = new([], [], []);

    /// <summary>Everything in these servers.</summary>
    public static SeenChannels Of(IReadOnlyList<UserServer> servers) => new(
        [.. servers.Index().SelectMany(server => server.Item.Channels, (server, channel) => (channel.Id, server.Index + 1))],
        [.. servers],
        [.. servers.Select(server => (DateTimeOffset?)server.JoinedAt.ToUniversalTime())]);

    /// <summary>One channel, or a thread in a channel, of a server.</summary>
    public static SeenChannels One(Guid channel, UserServer server) => new([(channel, 1)], [server], [server.JoinedAt.ToUniversalTime()]);

    /// <summary>One channel of a server, as long as it is not known since when they are a member nor what roles they hold.</summary>
    public static SeenChannels One(Guid channel, ChannelAccess access) => new([(channel, 1)], [new UserServer(access.Server, "", default, access.Rev, [], [])], [null]);

    /// <summary>Adds $1 to $8.</summary>
    public void AddTo(NpgsqlParameterCollection parameters, Guid user)
    {
        var roles = _servers.Index().SelectMany(server => server.Item.Roles, (server, role) => (Id: role, Place: server.Index + 1L)).ToArray();
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user });
        parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. _channels.Select(channel => channel.Id)] });
        parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. _channels.Select(channel => (long)channel.Place)] });
        parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. _servers.Select(server => server.Server)] });
        parameters.Add(new NpgsqlParameter<DateTimeOffset?[]> { TypedValue = _joined });
        parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. _servers.Select(server => server.Rev)] });
        parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. roles.Select(role => role.Id)] });
        parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. roles.Select(role => role.Place)] });
    }
}
