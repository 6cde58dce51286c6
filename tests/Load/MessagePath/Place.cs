using Chat.Contracts;
using Npgsql;

namespace Chat.Load.MessagePath;

/// <summary>A server whose members may send in all its channels. By SQL, as routes would take minutes; what it makes is what the routes would have made.</summary>
internal sealed record Place(Guid Server, Guid[] Channels, (Guid Id, string Name)[] People)
{
    public static Place New(int channels, int people) => new(
        Guid.CreateVersion7(),
        [.. Enumerable.Range(0, channels).Select(_ => Guid.CreateVersion7())],
        [.. Enumerable.Range(0, people).Select(i => (Guid.CreateVersion7(), $"sender_{i}"))]);

    /// <summary>Writes it into the servers service's database.</summary>
    public async Task FillAsync(string database)
    {
        const string sql = """
            insert into profiles (id, username, display_name, updated_at) select id, name, name, now() from unnest($3::uuid[], $4::text[]) p(id, name);
            insert into servers (id, name, owner_id, rev, member_count, created_at) values ($1, 'Load', ($3::uuid[])[1], cardinality($3::uuid[]), cardinality($3::uuid[]), now());
            insert into roles (id, server_id, name, built_in, position, permissions)
              select gen_random_uuid(), $1, b.name, lower(b.name), b.position, $5 from (values ('Guest', 0), ('Member', 1), ('Moderator', 2), ('Admin', 3), ('Owner', 4)) b(name, position);
            insert into channels (id, server_id, name, kind, position) select id, $1, 'channel-' || place, 'text', place from unnest($2::uuid[]) with ordinality c(id, place);
            insert into members (server_id, user_id, joined_rev, joined_at) select $1, id, place, now() from unnest($3::uuid[]) with ordinality p(id, place);
            insert into member_roles (server_id, user_id, role_id) select $1, p.id, r.id from unnest($3::uuid[]) p(id) join roles r on r.server_id = $1 and r.built_in = 'member';
            """;
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync();
        foreach (var statement in sql.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            object[] values = [Server, Channels, People.Select(person => person.Id).ToArray(), People.Select(person => person.Name).ToArray(), (long)(Permissions.ViewChannel | Permissions.SendMessages)];
            // Each statement has those that it names, from the first on.
            var named = Enumerable.Range(1, values.Length).Where(i => statement.Contains($"${i}", StringComparison.Ordinal)).DefaultIfEmpty().Max();
            foreach (var value in values.Take(named))
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Asks for somebody's permissions by way of messaging until Redis holds the whole server, so that no request of a measurement asks servers.</summary>
    public async Task WarmAsync(MessagingRig rig, RigMode mode)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var http = new HttpClient { BaseAddress = rig.Address(mode) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", rig.Tokens.For(People[0].Id, People[0].Name));
        await using var redis = await MessagingRig.ConnectAsync(await rig.StoreAsync("cache"));
        while ((string?)await redis.Connection.GetDatabase().HashGetAsync($"perm:s:{Server}", "complete") != "1")
        {
            using var response = await http.GetAsync(new Uri($"/api/v1/channels/{Channels[0]}/messages", UriKind.Relative), limit.Token);
            if (response.StatusCode is not (System.Net.HttpStatusCode.OK or System.Net.HttpStatusCode.ServiceUnavailable))
                throw new HttpRequestException($"A member is answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(limit.Token)}");
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }
}
