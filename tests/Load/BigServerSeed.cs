using Npgsql;

namespace Chat.Load;

/// <summary>
/// Fills a server to 10,001 members, 50 roles and 200 channels with overrides, and the database with other servers, public ones among them. By SQL, as routes would take hours; what it
/// makes is what the routes would have made. Tests of query plans use it too.
/// </summary>
internal static class BigServerSeed
{
    public const int Members = 10_000;

    /// <summary>Who joined by the routes before did so within this many revisions.</summary>
    private const int Earlier = 100;

    /// <param name="database">The connection string of the servers service's database.</param>
    /// <param name="server">An existing server, as it was created.</param>
    /// <param name="others">How many other servers; three in four are public.</param>
    public static async Task FillAsync(string database, Guid server, int others, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(Sql(server, others));
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(cancellationToken);
        // As autovacuum would have in time: statistics, and what the trigram indexes put off.
        await using var vacuum = source.CreateCommand("vacuum analyze");
        vacuum.CommandTimeout = 600;
        await vacuum.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Sql(Guid server, int others) => $"""
        create temporary table words (n serial, word text);
        insert into words (word) values ('amber'), ('birch'), ('copper'), ('delta'), ('ember'), ('falcon'), ('garnet'), ('harbour'), ('indigo'), ('juniper'), ('kestrel'), ('lantern'),
          ('meadow'), ('nimbus'), ('orchid'), ('pebble'), ('quartz'), ('raven'), ('saffron'), ('thistle'), ('umbra'), ('velvet'), ('willow'), ('xenon'), ('yarrow'), ('zephyr');
        create function pg_temp.word(n bigint) returns text language sql return (select word from words w where w.n = 1 + mod(abs($1), 26));

        -- Members, each with the built-in member's role, up to three of the 45 others, and one in seven with a nickname.
        create temporary table people as select gen_random_uuid() as id, n from generate_series(2, {Members + 1}) n;
        create unique index on people (n);
        analyze people;
        insert into profiles (id, username, display_name, updated_at)
          select id, pg_temp.word(n) || '_' || pg_temp.word(n / 26) || n, initcap(pg_temp.word(n)) || ' ' || initcap(pg_temp.word(n / 26)), now() from people;
        insert into members (server_id, user_id, joined_rev, joined_at, nickname)
          select '{server}'::uuid, id, {Earlier} + n, now() - interval '1 minute' * ({Members} - n), case when n % 7 = 0 then pg_temp.word(n / 7) || ' the ' || pg_temp.word(n / 5) end from people;
        create temporary table own_roles as select gen_random_uuid() as id, n from generate_series(1, 45) n;
        insert into roles (id, server_id, name, position, permissions, colour, hoist)
          select id, '{server}'::uuid, 'Role ' || n, 10 + n, 1 | case when n % 3 = 0 then 8192 else 3328 end, n * 4000, n % 9 = 0 from own_roles;
        insert into member_roles (server_id, user_id, role_id)
          select '{server}'::uuid, p.id, r.id from people p join roles r on r.server_id = '{server}'::uuid and r.built_in = 'member'
          union select '{server}'::uuid, p.id, r.id from people p join own_roles r on r.n in (1 + p.n % 45, 1 + (p.n / 7) % 45, 1 + (p.n / 11) % 90);
        insert into member_timeouts (server_id, user_id, until) select '{server}'::uuid, id, now() + interval '1 day' * (n / 50 % 10 - 3) from people where n % 50 = 0;
        update servers set rev = {Earlier + Members + 1}, member_count = (select count(*) from members where server_id = '{server}'::uuid) where id = '{server}'::uuid;
        insert into member_roles (server_id, user_id, role_id)
          select m.server_id, m.user_id, r.id from members m join own_roles r on r.n <= 3 where m.server_id = '{server}'::uuid and m.joined_rev <= {Earlier};

        -- Channels in categories, one in four private, with five overrides of roles and two of members each.
        create temporary table headings as select gen_random_uuid() as id, n from generate_series(1, 20) n;
        insert into categories (id, server_id, name, position) select id, '{server}'::uuid, 'Category ' || n, n from headings;
        create temporary table rooms as select gen_random_uuid() as id, n from generate_series(1, 199) n;
        insert into channels (id, server_id, name, kind, category_id, topic, private, position)
          select rooms.id, '{server}'::uuid, pg_temp.word(rooms.n) || '-' || rooms.n, case when rooms.n % 5 = 0 then 'voice' else 'text' end, headings.id,
            'About ' || pg_temp.word(rooms.n + 7) || ' and ' || pg_temp.word(rooms.n + 11), rooms.n % 4 = 0, rooms.n
          from rooms join headings on headings.n = 1 + rooms.n % 20;
        insert into channel_overrides (channel_id, target_id, of_role, allow, deny)
          select rooms.id, own_roles.id, true, 1 | case when own_roles.n % 2 = 0 then 3072 else 0 end, case when own_roles.n % 2 = 0 then 2 else 512 end
          from rooms join own_roles on (own_roles.n - rooms.n + 450) % 45 in (0, 9, 18, 27, 36)
          union all select rooms.id, people.id, false, 1, 2 from rooms join people on people.n in (2 + rooms.n, 5000 + rooms.n);

        insert into bans (server_id, user_id, reason, banned_by, rev, created_at)
          select '{server}'::uuid, gen_random_uuid(), 'Ban ' || n, (select owner_id from servers where id = '{server}'::uuid), n, now() from generate_series(1, 1000) n;
        insert into audit_log (id, server_id, actor_id, action, target_id, created_at)
          select gen_random_uuid(), '{server}'::uuid, (select id from people where people.n = 2 + entry % 20), (array['role.updated', 'channel.updated', 'member.kicked'])[1 + entry % 3],
            (select id from people where people.n = 2 + entry % 9000), now() - interval '1 minute' * entry
          from generate_series(1, 20000) entry;

        -- Others, with an owner, five roles and two channels each, to be found and to be passed over.
        create temporary table elsewhere as select gen_random_uuid() as id, gen_random_uuid() as owner, n from generate_series(1, {others}) n;
        create unique index on elsewhere (n);
        analyze elsewhere;
        insert into profiles (id, username, display_name, updated_at) select owner, 'keeper' || n, 'Keeper ' || n, now() from elsewhere;
        insert into servers (id, name, description, public, category, tags, owner_id, rev, member_count, activity, created_at)
          select id, initcap(pg_temp.word(n)) || ' ' || initcap(pg_temp.word(n / 26 + n % 5)) || ' ' || n, 'All about ' || pg_temp.word(n * 3) || ' and ' || pg_temp.word(n * 7 + 3), n % 4 > 0,
            (array['gaming', 'education', 'technology', 'music', 'art', 'science', 'community'])[1 + n % 7],
            array[pg_temp.word(n * 5), pg_temp.word(n / 3)], owner, 1, 1 + (n * 7919) % 5000, (n * 104729) % 1000, now() - interval '1 hour' * n
          from elsewhere;
        insert into roles (id, server_id, name, built_in, position, permissions)
          select gen_random_uuid(), e.id, b.name, lower(b.name), b.position, 1072899
          from elsewhere e cross join (values ('Guest', 0), ('Member', 1), ('Moderator', 2), ('Admin', 3), ('Owner', 4)) b(name, position);
        insert into channels (id, server_id, name, kind, position) select gen_random_uuid(), e.id, 'channel-' || place, 'text', place from elsewhere e cross join (values (0), (1)) c(place);
        insert into channel_overrides (channel_id, target_id, of_role, allow, deny)
          select c.id, r.id, true, 2, 512 from elsewhere e join channels c on c.server_id = e.id join roles r on r.server_id = e.id and r.position < 3;
        insert into members (server_id, user_id, joined_rev, joined_at) select id, owner, 1, now() from elsewhere
          union all select one.id, another.owner, 1 + another.n - one.n, now() from elsewhere one join elsewhere another on another.n between one.n + 1 and one.n + 5;
        insert into member_roles (server_id, user_id, role_id) select e.id, e.owner, r.id from elsewhere e join roles r on r.server_id = e.id and r.built_in = 'owner';
        insert into audit_log (id, server_id, actor_id, action, created_at) select gen_random_uuid(), id, owner, 'server.updated', now() from elsewhere cross join generate_series(1, 3);
        insert into member_timeouts (server_id, user_id, until) select id, owner, now() + interval '1 hour' * (n % 100) from elsewhere;
        insert into bans (server_id, user_id, banned_by, rev, created_at) select id, gen_random_uuid(), owner, 1, now() from elsewhere;
        """;
}
