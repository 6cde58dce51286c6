using System.Net;
using System.Net.Http.Json;
using Chat.Messaging.Fences;
using Chat.Messaging.Writing;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>What counts in messaging after rights were taken away in a server.</summary>
public sealed class FenceTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G4_a_message_that_was_allowed_before_the_loss_is_not_stored()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Assert.IsType<SendOutcome.Sent>(await SendAsync(server, channel, 4));
        await World.FenceAsync(world.A, server, 5);

        Assert.IsType<SendOutcome.Recheck>(await SendAsync(server, channel, 4));
        Assert.Equal(1, await RevisionAsync(channel));
        Assert.Equal(2, Assert.IsType<SendOutcome.Sent>(await SendAsync(server, channel, 5)).Message.Seq);
    }

    [Fact]
    public async Task G4_a_repetition_of_a_stored_message_is_not_answered_on_the_word_of_permissions_from_before_the_loss()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var first = Assert.IsType<SendOutcome.Sent>(await SendAsync(server, channel, 1, "n"));
        await World.FenceAsync(world.B, server, 2);

        Assert.IsType<SendOutcome.Recheck>(await SendAsync(server, channel, 1, "n"));
        Assert.Equal(first, await SendAsync(server, channel, 2, "n"));
    }

    [Fact]
    public async Task G4_the_fence_of_an_unknown_server_counts_for_its_first_message()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await World.FenceAsync(world.A, server, 7);

        Assert.IsType<SendOutcome.Recheck>(await SendAsync(server, channel, 6));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from channels where id = $1", channel));
        Assert.IsType<SendOutcome.Sent>(await SendAsync(server, channel, 7));
        Assert.Equal((server, 7L), await FencedAsync(channel));
    }

    [Fact]
    public async Task G4_a_lower_fence_after_a_higher_one_takes_nothing_back()
    {
        var (server, channel, later) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await SendAsync(server, channel, 1);
        await World.FenceAsync(world.A, server, 9);
        await World.FenceAsync(world.B, server, 3);

        Assert.IsType<SendOutcome.Recheck>(await SendAsync(server, channel, 8));
        Assert.IsType<SendOutcome.Recheck>(await SendAsync(server, later, 8));
        Assert.IsType<SendOutcome.Sent>(await SendAsync(server, later, 9));
        Assert.Equal((server, 9L), await FencedAsync(channel));
    }

    [Fact]
    public async Task A_fence_concerns_its_own_server_alone()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await SendAsync(server, channel, 1);
        await World.FenceAsync(world.A, Guid.CreateVersion7(), 9);

        Assert.IsType<SendOutcome.Sent>(await SendAsync(server, channel, 1));
    }

    [Fact]
    public async Task G4_a_channel_from_before_servers_were_kept_takes_the_fence_of_its_server()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Sql.RunAsync(world.Database, "insert into channels (id, rev) values ($1, 41)", channel);
        await World.FenceAsync(world.A, server, 5);

        Assert.IsType<SendOutcome.Recheck>(await SendAsync(server, channel, 4));
        Assert.Equal(42, Assert.IsType<SendOutcome.Sent>(await SendAsync(server, channel, 5)).Message.Seq);
        Assert.Equal((server, 5L), await FencedAsync(channel));
    }

    [Fact]
    public async Task G4_the_first_message_of_a_channel_waits_for_a_fence_that_is_being_raised()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var raising = new NpgsqlConnection(world.Database);
        await raising.OpenAsync(Ending);
        await Sql.RunAsync(raising, "begin");
        await Sql.RunAsync(raising, "insert into server_fences (server_id, access_rev) values ($1, 5)", server);
        var sends = new[] { 4L, 5L }.Select(rev => SendAsync(server, channel, rev)).ToArray();
        await Sql.AwaitedAsync(raising, 1);
        await Sql.RunAsync(raising, "commit");

        Assert.IsType<SendOutcome.Recheck>(await sends[0]);
        Assert.IsType<SendOutcome.Sent>(await sends[1]);
        Assert.Equal(1, await RevisionAsync(channel));
    }

    [Fact]
    public async Task G4_of_one_group_only_what_is_still_allowed_is_stored()
    {
        var (server, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await World.FenceAsync(world.A, server, 50);
        Task<SendOutcome>[] sends;
        await using (var held = await HeldChannel.HoldAsync(world.Database, channel))
        {
            var first = SendAsync(server, channel, 50);
            await held.AwaitedAsync();
            sends = [first, .. Enumerable.Range(1, 99).Select(rev => SendAsync(server, channel, rev))];
        }

        var outcomes = await Task.WhenAll(sends);
        Assert.All(outcomes[1..50], outcome => Assert.IsType<SendOutcome.Recheck>(outcome));
        Assert.Equal(Enumerable.Range(1, 51).Select(seq => (long)seq), outcomes.OfType<SendOutcome.Sent>().Select(sent => sent.Message.Seq));
    }

    [Fact]
    public async Task A_fence_without_a_revision_is_refused_and_users_cannot_raise_one()
    {
        var room = await world.SharedRoomAsync();

        using var zero = await World.FenceAsync(world.A, room.Server, new { rev = 0 });
        using var none = await World.FenceAsync(world.A, room.Server, new { });
        using var text = await World.FenceAsync(world.A, room.Server, new { rev = "1" });
        using var user = await room.Http.PutAsJsonAsync($"/internal/servers/{room.Server}/fence", new { rev = 1 }, Ending);

        await zero.ExpectFieldErrorAsync("rev", "out_of_range");
        await none.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
        await text.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
        await user.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task G4_fences_raised_in_a_loop_under_many_groups_never_deadlock()
    {
        const int Servers = 5;
        const int Channels = 100;
        const int Senders = 8;
        var database = await world.CreateDatabaseAsync();
        await using var one = world.Start(database);
        await using var other = world.Start(database);
        var replicas = new[] { one, other };
        var servers = Enumerable.Range(0, Servers).Select(_ => Guid.CreateVersion7()).ToArray();
        var channels = Enumerable.Range(0, Channels).Select(_ => Guid.CreateVersion7()).ToArray();
        var revs = new long[Servers];
        using var sent = new CancellationTokenSource();

        var fences = servers.Select((server, index) => Task.Run(async () =>
        {
            var writers = replicas.Select(replica => replica.Services.GetRequiredService<FenceWriter>()).ToArray();
            while (!sent.IsCancellationRequested)
                await Task.WhenAll(writers.Select(writer => writer.RaiseAsync(server, Interlocked.Increment(ref revs[index]), Ending)));
        })).ToArray();
        var rechecks = await Task.WhenAll(Enumerable.Range(0, Senders).SelectMany(sender =>
        {
            var order = channels.ToArray();
            new Random(sender).Shuffle(order);
            return order.Select(channel => SendUntilAllowedAsync(sender, Array.IndexOf(channels, channel)));
        })).WaitAsync(TimeSpan.FromMinutes(4), Ending);
        await sent.CancelAsync();
        await Task.WhenAll(fences);

        Assert.True(rechecks.Sum() > 0, "No fence met a send.");
        Assert.Equal(Channels, await Sql.ScalarAsync<long>(database, "select count(*) from channels where id = any ($2) and rev = $1", (long)Senders, channels));
        Assert.Equal(0, await Sql.ScalarAsync<long>(
            database, "select count(*) from channels c join server_fences f on f.server_id = c.server_id where c.access_rev <> f.access_rev"));
        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select deadlocks from pg_stat_database where datname = current_database()"));

        async Task<int> SendUntilAllowedAsync(int sender, int channel)
        {
            for (var rechecked = 0; ; rechecked++)
            {
                var access = Sample.AccessAt(servers[channel % Servers], Volatile.Read(ref revs[channel % Servers]));
                var outcome = await Sample.SendAsync(replicas[sender % 2], channels[channel], "raced", access: access);
                if (outcome is not SendOutcome.Recheck)
                {
                    Assert.IsType<SendOutcome.Sent>(outcome);
                    return rechecked;
                }
            }
        }
    }

    private Task<SendOutcome> SendAsync(Guid server, Guid channel, long rev, string? nonce = null) =>
        Sample.SendAsync(world.A, channel, $"allowed at {rev}", nonce, access: Sample.AccessAt(server, rev));

    private Task<long> RevisionAsync(Guid channel) => Sql.ScalarAsync<long>(world.Database, "select rev from channels where id = $1", channel);

    private async Task<(Guid Server, long Rev)> FencedAsync(Guid channel) => (
        await Sql.ScalarAsync<Guid>(world.Database, "select server_id from channels where id = $1", channel),
        await Sql.ScalarAsync<long>(world.Database, "select access_rev from channels where id = $1", channel));

    [Fact]
    public async Task G4_a_row_from_before_servers_were_kept_has_its_server_and_fence_before_anything_is_changed_in_the_channel()
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("old");
        await World.FenceAsync(world.A, room.Server, await world.ServerRevisionAsync(room));
        await Sql.RunAsync(world.Database, "update channels set server_id = null, access_rev = 0 where id = $1", room.Channel);
        // One that has never seen the row: what a channel belongs to is kept in memory.
        await using var fresh = world.Start(world.Database);
        using var http = fresh.CreateClient(room.Owner.Token);

        using var deleted = await http.DeleteAsync($"{room.Messages}/{sent.Id}", TestContext.Current.CancellationToken);

        await deleted.ExpectAsync(System.Net.HttpStatusCode.NoContent);
        Assert.Equal(room.Server, await Sql.ScalarAsync<Guid>(world.Database, "select server_id from channels where id = $1", room.Channel));
        Assert.Equal(await world.ServerRevisionAsync(room), await Sql.ScalarAsync<long>(world.Database, "select access_rev from channels where id = $1", room.Channel));
    }
}
