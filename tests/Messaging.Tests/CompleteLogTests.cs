using Chat.Messaging.Writing;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

public sealed class CompleteLogTests(World world)
{
    private static readonly TimeSpan RaceLimit = TimeSpan.FromMinutes(4);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G3_readers_that_race_8_writers_over_two_replicas_always_hold_exactly_1_to_rev()
    {
        const int Senders = 8;
        const int Each = 100;
        var room = await world.OpenRoomAsync();
        var replicas = new[] { world.A, world.B }.Select(replica => new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel)).ToArray();

        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(async sender =>
        {
            for (var i = 0; i < Each; i++)
                await replicas[sender % 2].SendUntilStoredAsync($"{sender}/{i}", $"{sender}/{i}", RaceLimit);
        }));
        var reading = Task.WhenAll(new[] { 3, 50, 500 }.SelectMany(limit => replicas, (limit, replica) => FollowAsync(replica, limit, Senders * Each)));
        await sending.WaitAsync(RaceLimit, Ending);
        var logs = await reading.WaitAsync(RaceLimit, Ending);

        Assert.All(logs, log => Assert.Equal(logs[0], log));
        foreach (var sender in logs[0].GroupBy(message => message.Content.Split('/')[0], StringComparer.Ordinal))
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{sender.Key}/{i}"), sender.Select(message => message.Content));
        Assert.Equal(logs[0].Select(message => message.Id).Order(), logs[0].Select(message => message.Id));
        Assert.Equal(logs[0].Select(message => message.CreatedAt).Order(), logs[0].Select(message => message.CreatedAt));
    }

    [Fact]
    public async Task G3_many_channels_over_two_replicas_do_not_deadlock_and_leave_no_gap()
    {
        const int Channels = 150;
        const int Senders = 16;
        var database = await world.CreateDatabaseAsync();
        await using var one = world.Start(database);
        await using var other = world.Start(database);
        var writers = new[] { one, other }.Select(replica => replica.Services.GetRequiredService<MessageWriter>()).ToArray();
        var channels = Enumerable.Range(0, Channels).Select(_ => Guid.CreateVersion7()).ToArray();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender =>
        {
            var order = channels.ToArray();
            new Random(sender).Shuffle(order);
            return Task.WhenAll(order.Select(channel => writers[sender % 2].SendAsync(channel, Sample.Access, Sample.Author, Sample.Message($"{sender}"), Ending)));
        })).WaitAsync(RaceLimit, Ending);

        Assert.All(outcomes.SelectMany(each => each), outcome => Assert.IsType<SendOutcome.Sent>(outcome));
        var sound = await Sql.ScalarAsync<long>(
            database,
            """
            select count(*) from channels c where c.id = any ($2) and c.rev = $1 and (select array_agg(m.seq order by m.id) from messages m where m.channel = c.id)
                = (select array_agg(n) from generate_series(1, c.rev) as n)
            """,
            (long)Senders,
            channels);
        Assert.Equal(Channels, sound);
        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select deadlocks from pg_stat_database where datname = current_database()"));
    }

    /// <summary>Applies pages of changes like a client, from revision 0 to <paramref name="last"/>.</summary>
    private static async Task<IReadOnlyList<MessageView>> FollowAsync(ChannelClient client, int limit, long last)
    {
        var held = new List<MessageView>();
        while (held.Count < last)
        {
            var page = await client.ChangesAsync(held.Count, limit);
            held.AddRange(page.Items.Select(change => change.D));
            Assert.Equal(page.Rev, held.Count);
            Assert.Equal(Enumerable.Range(held.Count - page.Items.Length + 1, page.Items.Length).Select(rev => (long)rev), page.Items.Select(change => change.Rev));
            Assert.True(!page.More || page.Items.Length == limit);
        }

        return held;
    }
}
