using System.Net;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class ExactlyOnceTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G2_the_same_nonce_from_20_requests_over_two_replicas_is_one_message_and_20_equal_answers()
    {
        var room = await world.OpenRoomAsync();
        var replicas = new[] { room, new ChannelClient(world.B.CreateClient(room.Owner.Token), room.Channel) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => replicas[i % 2].SendAsync("once", "the-nonce")));

        Assert.Single(answers.Distinct());
        Assert.Equal([answers[0]], (await room.HistoryAsync()).Items);
        Assert.Equal(1, (await room.ChangesAsync(0)).Rev);
    }

    [Fact]
    public async Task G2_a_retry_gets_the_first_message_even_with_another_body()
    {
        var room = await world.OpenRoomAsync();
        var first = await room.SendAsync("first", "n");
        await room.SendAsync("between");

        var again = await room.SendAsync("second", "n");
        var asReply = await room.SendAsync("third", "n", replyTo: Guid.CreateVersion7());

        Assert.Equal(first, again);
        Assert.Equal(first, asReply);
        Assert.Equal(2, (await room.HistoryAsync()).Items.Length);
    }

    [Fact]
    public async Task G2_a_send_whose_request_was_given_up_is_found_by_its_nonce()
    {
        var room = await world.OpenRoomAsync();
        await using (var held = await HeldChannel.HoldAsync(world.Database, room.Channel))
        {
            using var impatient = new CancellationTokenSource();
            var given = room.PostAsync(new { content = "kept", nonce = "n" }, impatient.Token);
            await held.AwaitedAsync();
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        }

        var again = await room.SendAsync("kept", "n");

        Assert.Equal(1, again.Seq);
        Assert.Equal([again], (await room.HistoryAsync()).Items);
    }

    [Fact]
    public async Task G2_senders_that_retry_while_connections_are_killed_lose_and_double_nothing()
    {
        const int Senders = 8;
        const int Each = 60;
        const int KillEvery = 25;
        var database = await world.CreateDatabaseAsync();
        await using var one = world.Start(database);
        await using var other = world.Start(database);
        var room = await world.OpenRoomAsync();
        var stored = 0;

        var sent = await Task.WhenAll(Enumerable.Range(0, Senders).Select(async sender =>
        {
            var client = new ChannelClient((sender % 2 == 0 ? one : other).CreateClient(room.Owner.Token), room.Channel);
            var messages = new List<MessageView>();
            for (var i = 0; i < Each; i++)
            {
                messages.Add(await client.SendUntilStoredAsync($"{sender}/{i}", $"{sender}/{i}", TimeSpan.FromMinutes(2)));
                if (Interlocked.Increment(ref stored) % KillEvery == 0)
                    await Sql.RunAsync(world.Postgres, "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", new Npgsql.NpgsqlConnectionStringBuilder(database).Database ?? "");
            }

            return messages;
        }));

        // A first read may still meet a connection that was killed while it was idle.
        var reader = new ChannelClient(one.CreateClient(room.Owner.Token), room.Channel);
        using var read = await Repeating.ServedAsync(() => reader.Http.GetAsync($"{reader.Changes}?after=0&limit=500", Ending));
        await read.ExpectAsync(HttpStatusCode.OK);
        var log = await read.ReadAsync<ChangesView>();
        Assert.Equal(Enumerable.Range(1, Senders * Each).Select(seq => (long)seq), log.Items.Select(change => change.D.Seq));
        Assert.Equal(sent.SelectMany(messages => messages).OrderBy(message => message.Seq), log.Items.Select(change => change.D));
        Assert.All(sent, messages => Assert.Equal(messages.OrderBy(message => message.Seq), messages));
    }

    [Fact]
    public async Task A_nonce_repeated_within_one_group_is_one_message()
    {
        var group = await world.GatherAsync(["a", "a", "b", "a"], nonceOf: content => content);

        var sent = group.Outcomes.Select(outcome => Assert.IsType<Writing.SendOutcome.Sent>(outcome).Message).ToArray();
        Assert.Equal([1, 1, 2, 1], sent.Select(message => message.Seq));
        Assert.Equal(sent[0], sent[3]);
        Assert.Equal(2, await Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where channel = $1", group.Channel));
    }

    [Fact]
    public async Task A_nonce_that_is_stored_already_takes_no_revision()
    {
        var room = await world.OpenRoomAsync();
        for (var i = 0; i < 3; i++)
        {
            using var response = await room.PostAsync(new { content = "a", nonce = "n" });
            await response.ExpectAsync(HttpStatusCode.Created);
        }

        Assert.Equal(2, (await room.SendAsync("b", "m")).Seq);
    }
}
