using System.Collections.Concurrent;
using System.Net;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Somebody loses every right in a server, by the real servers service, while what they asked for before is under way in two replicas.</summary>
public sealed class RevocationTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("leaves", 20)]
    [InlineData("is kicked", 10)]
    [InlineData("is banned", 10)]
    public async Task G4_of_50_racing_sends_none_is_stored_after_it_is_answered_that_their_author(string loses, int rounds)
    {
        var (owner, guest) = (await world.PersonAsync("owner"), await world.PersonAsync("racer"));
        for (var round = 0; round < rounds; round++)
        {
            // A token lasts five minutes.
            (owner, guest) = (await world.RenewAsync(owner), await world.RenewAsync(guest));
            var room = await world.OpenRoomAsync(owner);
            await world.JoinAsync(room, guest);
            // In every other round the first messages of the channel race with the fence.
            await RaceAsync(room, guest, messagesBefore: round % 2 == 0 ? 100 : 0, async () => Assert.InRange(
                (int)await (loses == "leaves" ? world.LeaveAsync(room, guest) : world.ExpelAsync(room, guest, ban: loses == "is banned")), 200, 204));
        }
    }

    [Fact]
    public async Task G4_leaving_is_not_answered_before_a_send_in_its_transaction_is_stored()
    {
        var (room, guest) = await RoomWithGuestAsync();
        await room.SendAsync("first");
        Task<HttpResponseMessage> send;
        Task<HttpStatusCode> leave;
        await using (var held = await HeldSend.HoldAsync(world.Database, room.Channel, guest.Id, "held"))
        {
            send = At(room, guest, world.B).PostAsync(new { content = "held", nonce = "held" });
            await held.AwaitedAsync();
            leave = world.LeaveAsync(room, guest);
            await held.AwaitedAsync(by: 2);

            Assert.False(leave.IsCompleted);
            Assert.False(send.IsCompleted);
        }

        Assert.Equal(HttpStatusCode.NoContent, await leave);
        Assert.Equal(2, (await room.ChangesAsync(0)).Rev);
        using var sent = await send;
        await sent.ExpectAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task G4_what_waits_in_the_queue_while_its_author_leaves_is_stored_before_the_answer_or_not_at_all()
    {
        var (room, guest) = await RoomWithGuestAsync();
        await room.SendAsync("first");
        Task<HttpResponseMessage>[] sends;
        Task<HttpStatusCode> leave;
        await using (var held = await HeldChannel.HoldAsync(world.Database, room.Channel))
        {
            var client = At(room, guest, world.A);
            var first = client.PostAsync(new { content = "0", nonce = "0" });
            await held.AwaitedAsync();
            sends = [first, .. Enumerable.Range(1, 30).Select(i => client.PostAsync(new { content = $"{i}", nonce = $"{i}" }))];
            leave = world.LeaveAsync(room, guest);
            await held.AwaitedAsync(by: 2);
            Assert.False(leave.IsCompleted);
        }

        Assert.Equal(HttpStatusCode.NoContent, await leave);
        var rev = await RevisionAsync(room);
        var answers = await Task.WhenAll(sends);
        Assert.Equal(rev, await RevisionAsync(room));
        Assert.Equal(rev - 1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
            await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    [Fact]
    public async Task G4_leaving_is_answered_503_while_a_send_cannot_be_waited_out_and_the_repetition_succeeds()
    {
        var (room, guest) = await RoomWithGuestAsync();
        await room.SendAsync("first");
        Task<HttpResponseMessage> send;
        await using (var held = await HeldSend.HoldAsync(world.Database, room.Channel, guest.Id, "held"))
        {
            send = At(room, guest, world.B).PostAsync(new { content = "held", nonce = "held" });
            await held.AwaitedAsync();

            using var http = world.ServersClient(guest);
            using var leave = await http.PostAsync($"/api/v1/servers/{room.Server}/leave", content: null, Ending);
            await leave.ExpectAsync(HttpStatusCode.ServiceUnavailable);
        }

        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, guest));
        Assert.Equal(2, await RevisionAsync(room));
        using var sent = await send;
        await sent.ExpectAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task G4_repeating_a_send_that_was_stored_before_the_loss_is_refused()
    {
        var (room, guest) = await RoomWithGuestAsync();
        var client = At(room, guest, world.A);
        await client.SendAsync("stored", "n");
        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, guest));

        using var again = await client.PostAsync(new { content = "stored", nonce = "n" });

        await again.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    [Fact]
    public async Task A_send_that_meets_the_loss_of_somebody_else_is_stored_all_the_same()
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("first");
        var rev = await world.ServerRevisionAsync(room);
        Task<HttpResponseMessage> send;
        await using (var held = await HeldChannel.HoldAsync(world.Database, room.Channel))
        {
            send = room.PostAsync(new { content = "allowed before", nonce = "n" });
            await held.AwaitedAsync();
            // The server's revision rises, and the fence with it, while the send waits.
            await world.JoinAsync(room, await world.PersonAsync("guest"));
            await held.RaiseFenceAsync(room.Channel, rev + 1);
        }

        using var sent = await send;
        await sent.ExpectAsync(HttpStatusCode.Created);
        Assert.Equal(2, (await sent.ReadAsync<MessageView>()).Seq);
    }

    [Fact]
    public async Task G4_a_send_whose_permission_never_catches_up_with_the_fence_is_given_up()
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("first");
        await World.FenceAsync(world.A, room.Server, await world.ServerRevisionAsync(room) + 1);

        using var answer = await room.PostAsync(new { content = "never", nonce = "n" });

        await answer.ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "permissions_changing");
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(1, await RevisionAsync(room));
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("changes?after=0")]
    public async Task G4_a_read_that_was_allowed_before_the_loss_shows_nothing_that_came_after_it(string what)
    {
        var database = await world.CreateDatabaseAsync();
        // The index of search reads messages too, and would be taken for one of those that wait.
        await using var replica = world.Start(database, ("Search:Every", "01:00:00"));
        var (room, guest) = await RoomWithGuestAsync();
        await At(room, room.Owner, replica).SendAsync("before");
        using var reader = replica.CreateClient(guest.Token);
        using var owner = replica.CreateClient(room.Owner.Token);
        Task<HttpResponseMessage>[] reads;
        await using (var held = new Npgsql.NpgsqlConnection(database))
        {
            await held.OpenAsync(Ending);
            await Sql.RunAsync(held, "begin");
            await Sql.RunAsync(held, "lock table messages in access exclusive mode");
            // Both were allowed to and are about to read.
            reads = [.. new[] { reader, owner }.Select(client => client.GetAsync($"/api/v1/channels/{room.Channel}/{what}", Ending))];
            await Sql.AwaitedAsync(held, 2);
            Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, guest));
            await World.FenceAsync(replica, room.Server, await world.ServerRevisionAsync(room));
        }

        using var refused = await reads[0];
        using var answered = await reads[1];
        await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await answered.ExpectAsync(HttpStatusCode.OK);
        Assert.Contains("before", await answered.Content.ReadAsStringAsync(Ending), StringComparison.Ordinal);
    }

    private static ChannelClient At(Room room, Account account, RunningService<MessagingService> replica) => new(replica.CreateClient(account.Token), room.Channel);

    private async Task RaceAsync(Room room, Account guest, int messagesBefore, Func<Task> lose)
    {
        var clients = new[] { world.A, world.B }.Select(replica => At(room, guest, replica)).ToArray();
        var stored = new ConcurrentQueue<(long Began, MessageView Message)>();
        var underWay = new TaskCompletionSource();
        if (messagesBefore == 0)
            underWay.SetResult();
        var clock = TimeProvider.System;

        var senders = Enumerable.Range(0, 50).Select(async sender =>
        {
            while (true)
            {
                var began = clock.GetTimestamp();
                using var answer = await clients[sender % 2].PostAsync(new { content = "racing", nonce = Guid.NewGuid().ToString() });
                if (answer.StatusCode != HttpStatusCode.Created)
                {
                    await answer.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
                    return;
                }

                stored.Enqueue((began, await answer.ReadAsync<MessageView>()));
                if (stored.Count >= messagesBefore)
                    underWay.TrySetResult();
            }
        }).ToArray();
        await underWay.Task.WaitAsync(Patience, Ending);
        await lose();
        var (answered, at) = (clock.GetTimestamp(), clock.GetUtcNow());
        var rev = await RevisionAsync(room);
        await Task.WhenAll(senders).WaitAsync(Patience, Ending);

        Assert.Equal(rev, await RevisionAsync(room));
        Assert.Equal(rev, stored.Count);
        Assert.All(stored, one =>
        {
            Assert.True(one.Began < answered, "A request that began after the answer was served.");
            Assert.True(one.Message.Rev <= rev);
            Assert.True(one.Message.CreatedAt <= at);
        });
    }

    private async Task<(Room Room, Account Guest)> RoomWithGuestAsync()
    {
        var (room, guest) = (await world.OpenRoomAsync(), await world.PersonAsync("guest"));
        await world.JoinAsync(room, guest);
        return (room, guest);
    }

    private Task<long> RevisionAsync(Room room) => Sql.ScalarAsync<long>(world.Database, "select coalesce((select rev from channels where id = $1), 0)", room.Channel);
}
