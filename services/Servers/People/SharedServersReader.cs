using Chat.Access;
using Npgsql;

namespace Chat.Servers.People;

/// <summary>Finds out who is in a server together.</summary>
internal sealed class SharedServersReader(NpgsqlDataSource source)
{
    /// <summary>$1 user, $2 others. Of each other at most all memberships are looked at, 100, by the index of people.</summary>
    internal const string Sql = """
        select u.id, exists(select from members a join members b on b.server_id = a.server_id where a.user_id = $1 and b.user_id = u.id)
        from unnest($2::uuid[]) with ordinality u(id, place)
        order by u.place
        """;

    public async Task<IReadOnlyList<SharedServersEntry>> ReadAsync(Guid user, Guid[] others, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = user });
        command.Parameters.Add(new() { Value = others });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var entries = new List<SharedServersEntry>(others.Length);
        while (await reader.ReadAsync(cancellationToken))
        {
            entries.Add(new SharedServersEntry(reader.GetGuid(0), reader.GetBoolean(1)));
        }

        return entries;
    }
}
