using Chat.Contracts;
using Chat.Messaging.Deleting;
using Chat.Messaging.Writing;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>What was said in deleted channels and servers goes for good, and no send brings it back.</summary>
public sealed class RemovalTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private IBus Bus => world.A.Services.GetRequiredService<IBus>();

    [Fact]
    public async Task A_deleted_server_takes_every_channel_and_message_with_it_and_no_other_servers()
    {
        var (server, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var (channels, stays) = (new[] { Guid.CreateVersion7(), Guid.CreateVersion7() }, Guid.CreateVersion7());
        // The last has nothing but the event to say whose it is.
        var unadopted = Guid.CreateVersion7();
        await Sql.RunAsync(world.Database, "insert into channels (id) values ($1)", unadopted);
        foreach (var channel in channels)
            await SendAsync(world.A, server, channel, 1);
        await SendAsync(world.A, other, stays, 1);

        await Bus.Publish(new ServerDeleted { Server = server, Rev = 2, Channels = [channels[0], unadopted], At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("the channels are gone", Patience, async () =>
            await Sql.ScalarAsync<long>(world.Database, "select count(*) from channels where id = any ($1)", new[] { channels[0], channels[1], unadopted }) == 0);

        Assert.Equal(0, await MessagesAsync(world.Database, channels));
        Assert.Equal(1, await MessagesAsync(world.Database, stays));
        Assert.IsType<SendOutcome.Sent>(await SendAsync(world.A, other, stays, 1));
        Assert.IsType<SendOutcome.Recheck>(await SendAsync(world.B, server, channels[0], 1));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from channels where id = any ($1)", channels));
    }

    [Fact]
    public async Task A_deleted_channel_takes_its_messages_with_it_and_no_other_channels()
    {
        var (server, goes, stays) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await SendAsync(world.A, server, goes, 1);
        await SendAsync(world.A, server, stays, 1);

        await Bus.Publish(new ChannelDeleted { Server = server, Rev = 2, Channel = goes, At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("the channel is gone", Patience, async () => await Sql.ScalarAsync<long>(world.Database, "select count(*) from channels where id = $1", goes) == 0);

        Assert.Equal(0, await MessagesAsync(world.Database, goes));
        Assert.Equal(1, await MessagesAsync(world.Database, stays));
        Assert.IsType<SendOutcome.Sent>(await SendAsync(world.B, server, stays, 2));
        Assert.IsType<SendOutcome.Recheck>(await SendAsync(world.B, server, goes, 1));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from channels where id = $1", goes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task G4_sends_that_race_with_the_deletion_leave_nothing_behind(bool wholeServer)
    {
        for (var round = 0; round < 10; round++)
        {
            var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            var senders = new[] { world.A, world.B }.SelectMany(replica => Enumerable.Range(0, 10).Select(async _ =>
            {
                while (await SendAsync(replica, server, channel, 1) is SendOutcome.Sent)
                {
                }
            })).ToArray();
            // In every other round the channel's first messages race.
            if (round % 2 == 0)
                await Eventually.HoldsAsync("messages", Patience, async () => await MessagesAsync(world.Database, channel) > 20);

            await RemoveAsync(world.B, removal => wholeServer
                ? removal.RemoveServerAsync(server, [channel], Ending)
                : removal.RemoveChannelAsync(server, 2, channel, Ending));
            await Task.WhenAll(senders).WaitAsync(Patience, Ending);

            Assert.Equal(0, await MessagesAsync(world.Database, channel));
            Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from channels where id = $1", channel));
        }
    }

    [Fact]
    public async Task A_deletion_that_broke_off_goes_on_where_it_was()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database);
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await SendAsync(replica, server, channel, 1);
        await Sql.RunAsync(
            database,
            """
            insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
            select $1, n, n, gen_random_uuid(), $2, n::text, 'bulk', now() from generate_series(2, 2500) n
            """,
            channel,
            Guid.CreateVersion7());
        await Sql.RunAsync(database, "update channels set rev = 2500 where id = $1", channel);
        await Sql.RunAsync(
            database,
            """
            create function refuse() returns trigger language plpgsql as $$ begin if old.seq = 1500 then raise exception 'not now'; end if; return old; end $$;
            create trigger refuse before delete on messages for each row execute function refuse();
            """);

        await Assert.ThrowsAsync<PostgresException>(() => RemoveAsync(replica, removal => removal.RemoveServerAsync(server, [], Ending)));
        Assert.Equal(1500, await MessagesAsync(database, channel));
        Assert.IsType<SendOutcome.Recheck>(await SendAsync(replica, server, channel, 1));
        await Sql.RunAsync(database, "drop trigger refuse on messages");
        for (var repeat = 0; repeat < 2; repeat++)
            await RemoveAsync(replica, removal => removal.RemoveServerAsync(server, [], Ending));

        Assert.Equal(0, await MessagesAsync(database, channel));
        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select count(*) from channels where id = $1", channel));
    }

    private static Task<SendOutcome> SendAsync(RunningService<MessagingService> replica, Guid server, Guid channel, long rev) =>
        Sample.SendAsync(replica, channel, "said", access: Sample.AccessAt(server, rev));

    private static Task<long> MessagesAsync(string database, params Guid[] channels) =>
        Sql.ScalarAsync<long>(database, "select count(*) from messages where channel = any ($1)", channels);

    private static async Task RemoveAsync(RunningService<MessagingService> replica, Func<ChannelRemoval, Task> remove)
    {
        await using var scope = replica.Services.CreateAsyncScope();
        await remove(scope.ServiceProvider.GetRequiredService<ChannelRemoval>());
    }
}
