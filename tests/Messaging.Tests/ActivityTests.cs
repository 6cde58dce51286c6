using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class ActivityTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_was_said_in_each_server_is_told_once_in_sum_by_one_of_two_replicas()
    {
        var (database, servers) = (await world.CreateDatabaseAsync(), new[] { Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7() });
        await using var one = world.Start(database, ("Activity:Every", "00:00:00.05"));
        await using var other = world.Start(database, ("Activity:Every", "00:00:00.05"));
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(ServerActivityMeasured));
        var channels = servers.SelectMany(server => Enumerable.Range(0, 4).Select(_ => (Server: server, Channel: Guid.CreateVersion7()))).ToArray();

        // The second has three times as much as the first, the third nothing.
        var sends = channels.Where(place => place.Server != servers[2]).SelectMany(place => Enumerable.Range(0, place.Server == servers[0] ? 20 : 60)
            .Select(i => Sample.SendAsync(i % 2 == 0 ? one : other, place.Channel, $"{i}", access: Sample.AccessAt(place.Server, 1))));
        await Task.WhenAll(sends);

        var told = servers.ToDictionary(server => server, _ => 0L);
        await Eventually.HoldsAsync("everything is told", Patience, async () =>
        {
            foreach (var body in await heard.TakeBodiesAsync(body => told.ContainsKey(body.GetProperty("server").GetGuid())))
            {
                Assert.InRange(body.GetProperty("changes").GetInt64(), 1, 240);
                told[body.GetProperty("server").GetGuid()] += body.GetProperty("changes").GetInt64();
            }

            return told[servers[0]] >= 80 && told[servers[1]] >= 240;
        });
        Assert.Equal([80L, 240L, 0L], servers.Select(server => told[server]));
        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select count(*) from channels where counted_rev <> rev and server_id = any ($1)", servers));
        await Eventually.HoldsAsync("one of them holds the lock of the job", Patience, async () => 1 == await Sql.ScalarAsync<long>(
            database, "select count(*) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database()) and classid = 1633907817 and objid = 1986622585"));
    }

    [Fact]
    public async Task Activity_that_could_not_be_told_is_not_marked_as_told()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database, ("Activity:Every", "00:00:00.05"));
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(ServerActivityMeasured));
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Sql.RunAsync(
            database,
            """
            create sequence refusals;
            create function refuse() returns trigger language plpgsql as $$
            begin if new.type = 'ServerActivityMeasured' then perform nextval('refusals'); raise exception 'not now'; end if; return new; end $$;
            create trigger refuse before insert on outbox for each row execute function refuse();
            """);

        await Sample.SendAsync(replica, channel, "said", access: Sample.AccessAt(server, 1));
        await Eventually.HoldsAsync("telling fails twice", Patience, async () => await Sql.ScalarAsync<long>(database, "select last_value from refusals") >= 2);
        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select counted_rev from channels where id = $1", channel));
        await Sql.RunAsync(database, "drop trigger refuse on outbox");

        await Eventually.HoldsAsync("it is told", Patience, async () =>
            (await heard.TakeBodiesAsync(body => body.GetProperty("server").GetGuid() == server)) is [var told] && told.GetProperty("changes").GetInt64() == 1);
    }
}
