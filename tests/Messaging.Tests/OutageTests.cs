using System.Net;
using Chat.Stores;
using Npgsql;

namespace Chat.Messaging.Tests;

public sealed class OutageTests(World world)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_PostgreSQL_nothing_is_acknowledged_and_service_resumes_by_itself()
    {
        var database = new NpgsqlConnectionStringBuilder(await world.CreateDatabaseAsync());
        await using var gate = new TcpGate(database.Host ?? "", database.Port);
        database.Port = gate.Port;
        database.SslMode = SslMode.Disable;
        await using var replica = world.Start(database.ConnectionString);
        var room = await world.OpenRoomAsync();
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        var first = await client.SendAsync("before", "0");

        gate.Shut();
        for (var i = 1; i <= 3; i++)
        {
            using var sent = await client.PostAsync(new { content = "during", nonce = $"{i}" });
            using var history = await client.Http.GetAsync(client.Messages, Ending);
            using var changes = await client.Http.GetAsync($"{client.Changes}?after=0", Ending);
            foreach (var response in new[] { sent, history, changes })
            {
                await response.ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "store_unavailable");
                Assert.NotNull(response.Headers.RetryAfter);
            }
        }

        gate.Open();
        var second = await client.SendUntilStoredAsync("during", "1", Recovery);
        var again = await client.SendUntilStoredAsync("during", "1", Recovery);

        Assert.Equal(2, second.Seq);
        Assert.Equal(second, again);
        Assert.Equal([first, second], (await client.HistoryAsync()).Items);
    }

    [Fact]
    public async Task A_transaction_that_cannot_end_in_time_is_given_up_and_its_lane_goes_on()
    {
        var database = await world.CreateDatabaseAsync();
        // Tried twice, half a second each.
        await using var replica = world.Start(database, ("Writer:Lanes", "1"), ("Writer:CommitTimeout", "00:00:00.5"));
        var room = await world.OpenRoomAsync();
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        await using (await HeldChannel.HoldAsync(database, room.Channel))
        {
            using var response = await client.PostAsync(new { content = "stuck", nonce = "n" });
            await response.ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "store_unavailable");
        }

        // The time of a transaction is short here, also on a busy machine.
        Assert.Equal(1, (await client.SendUntilStoredAsync("stuck", "n", Recovery)).Seq);
    }

    [Fact]
    public async Task Without_RabbitMQ_messages_are_stored_and_their_events_follow_when_it_is_back()
    {
        var rabbit = new Uri(world.RabbitMq);
        await using var gate = new TcpGate(rabbit.Host, rabbit.Port, open: false);
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database, ("ConnectionStrings:rabbitmq", new UriBuilder(rabbit) { Host = "127.0.0.1", Port = gate.Port }.Uri.ToString()));
        var room = await world.OpenRoomAsync();
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);

        for (var i = 1; i <= 3; i++)
            Assert.Equal(i, (await client.SendAsync($"{i}")).Seq);
        Assert.Equal(3, await WaitingAsync());
        gate.Open();

        await Eventually.HoldsAsync("the outbox is empty", Recovery, async () => await WaitingAsync() == 0);

        Task<long> WaitingAsync() => Sql.ScalarAsync<long>(database, "select count(*) from outbox");
    }
}
