using System.Text.Json;
using Chat.Client;
using Chat.Contracts;
using Chat.Realtime.Channels;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Realtime.Tests;

/// <summary>What a loss of rights in a server does to subscriptions: nothing goes on before the permissions were asked again.</summary>
public sealed class AccessLossTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task G4_An_event_that_overtakes_the_read_model_stops_those_it_names_until_the_model_has_followed(bool onlyMember, bool onlyChannel)
    {
        var room = await world.RoomAsync();
        var member = await room.MemberAsync();
        await using var owners = await SubscribedAsync(room.Owner, room);
        await using var members = await SubscribedAsync(member, room);
        await room.SayAsync("1");
        await members.ReachesAsync(room.Channel, 1);
        await owners.ReachesAsync(room.Channel, 1);

        await LoseAsync(room, await RevAsync(room) + 1, onlyMember ? [member.Account.Id] : null, onlyChannel ? room.Channel : null);
        await room.SayAsync("2");
        await DeliveredAsync(room, 2);

        Assert.Equal([1], members.Revisions(room.Channel));
        if (onlyMember)
            await owners.ReachesAsync(room.Channel, 2);
        else
            Assert.Equal([1], owners.Revisions(room.Channel));
        // Raises the revision.
        await room.MemberAsync("another");
        await members.ReachesAsync(room.Channel, 2);
        await room.SayAsync("3");
        await members.ReachesAsync(room.Channel, 3);
        await owners.ReachesAsync(room.Channel, 3);
        Assert.Equal([1, 2, 3], members.Revisions(room.Channel));
        Assert.Equal([1, 2, 3], owners.Revisions(room.Channel));
    }

    [Fact]
    public async Task A_loss_in_another_server_another_channel_or_of_somebody_else_stops_nobody()
    {
        var room = await world.RoomAsync();
        var elsewhere = await world.RoomAsync();
        var member = await room.MemberAsync();
        await using var frames = await SubscribedAsync(member, room);
        var rev = await RevAsync(room) + 1;

        await LoseAsync(elsewhere, rev + 10, users: null, channel: null);
        await LoseAsync(room, rev, [room.Owner.Account.Id, Guid.CreateVersion7()], channel: null);
        await LoseAsync(room, rev, users: null, elsewhere.Channel);
        await LoseAsync(room, rev, [member.Account.Id], elsewhere.Channel);
        await room.SayAsync("1");

        await frames.ReachesAsync(room.Channel, 1);
    }

    [Fact]
    public async Task G4_Who_subscribes_after_the_event_and_before_the_read_model_has_followed_is_not_let_in()
    {
        var room = await world.RoomAsync();
        var leaver = await room.MemberAsync("leaver");
        using var socket = await (await leaver.RawAsync(world.A)).IdentifyAsync();
        var lost = world.A.Services.GetRequiredService<LostAccess>();
        var rev = await RevAsync(room) + 1;
        await LoseAsync(room, rev, [leaver.Account.Id], channel: null);
        await Eventually.HoldsAsync("the event arrives", () => lost.Of(room.Server) == rev);

        await socket.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel, rev = 0 }));
        await socket.SendAsync("""{"t":"heartbeat"}""");
        await socket.ExpectAsync("heartbeat_ack");
        await room.SayAsync("not for the leaver");
        await leaver.Rest.LeaveServerAsync(room.Server, Cancel);

        await socket.ExpectErrorAsync("channel_not_found");
    }

    [Fact]
    public async Task G3_Those_who_keep_the_right_miss_nothing_while_it_is_asked_again_and_again()
    {
        var room = await world.RoomAsync();
        var member = await room.MemberAsync();
        await using var here = await SubscribedAsync(member, room, world.A);
        await using var there = await SubscribedAsync(member, room, world.B);
        using var stop = new CancellationTokenSource();
        var rev = await RevAsync(room);
        var losing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await LoseAsync(room, rev, users: null, channel: null);
                // Hundreds a second: with no pause the broker's share of the machine is all that would be tested.
                await Task.Delay(TimeSpan.FromMilliseconds(2), Cancel);
            }
        }, Cancel);

        await room.FillAsync(600);
        await stop.CancelAsync();
        await losing;

        foreach (var frames in new[] { here, there })
        {
            await frames.ReachesAsync(room.Channel, 600);
            Assert.Equal(Enumerable.Range(1, 600).Select(rev => (long)rev), frames.Revisions(room.Channel));
        }
    }

    [Fact]
    public async Task G4_Who_is_catching_up_when_the_right_goes_gets_nothing_said_afterwards()
    {
        await using var replica = await world.StartAsync(("Realtime:QueueFrames", "16"), ("Realtime:QueueBytes", "65536"), ("Realtime:SlowFor", "00:00:30"));
        var room = await world.RoomAsync();
        var leaver = await room.MemberAsync("leaver");
        // Three bytes a character, 5 MB in all: more than the buffers of both ends hold.
        var content = new string('界', 4000);
        foreach (var _ in Enumerable.Range(0, 9))
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => room.SayAsync(content)));
        // Reads nothing at first: the log is half sent when the person leaves.
        using var socket = await (await leaver.RawAsync(replica)).IdentifyAsync();
        await socket.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel, rev = 0 }));
        await socket.ExpectAsync("message.sent");

        await leaver.Rest.LeaveServerAsync(room.Server, Cancel);
        foreach (var i in Enumerable.Range(0, 10))
            await room.SayAsync($"after {i}");

        var last = 1L;
        while (await socket.NextAsync() is { } frame && frame.GetProperty("t").GetString() != "error")
        {
            Assert.Equal("message.sent", frame.GetProperty("t").GetString());
            Assert.Equal(++last, frame.GetProperty("rev").GetInt64());
        }
        Assert.InRange(last, 1, 450);
    }

    [Fact]
    public async Task G4_A_bystander_of_twenty_departures_hears_everything_and_the_leavers_nothing_more()
    {
        var room = await world.RoomAsync();
        var stayer = await room.MemberAsync("stayer");
        await using var frames = await SubscribedAsync(stayer, room, world.B);
        var last = 0L;
        foreach (var _ in Enumerable.Range(0, 20))
        {
            var leaver = await room.MemberAsync("leaver");
            await using var left = await SubscribedAsync(leaver, room, world.B);
            var leaving = leaver.Rest.LeaveServerAsync(room.Server, Cancel);
            while (!leaving.IsCompleted)
                await room.SayAsync();
            await leaving;
            last = (await room.SayAsync("after")).Rev;
            await left.GetsAsync<UnsubscribedFrame>();
            Assert.DoesNotContain(last, left.Revisions(room.Channel));
        }

        await frames.ReachesAsync(room.Channel, last);
        Assert.Equal(Enumerable.Range(1, (int)last).Select(rev => (long)rev), frames.Revisions(room.Channel));
    }

    private async Task<FrameCollector> SubscribedAsync(Person person, Room room, Stores.RunningService<RealtimeService>? replica = null)
    {
        var socket = person.Socket(replica ?? world.A);
        await socket.ConnectAsync(Cancel);
        var frames = new FrameCollector(socket);
        await socket.SubscribeAsync(room.Channel, cancel: Cancel);
        return frames;
    }

    private static async Task<long> RevAsync(Room room) => (await room.Owner.Rest.ServerAsync(room.Server, Cancel)).Rev;

    /// <summary>The event of a loss, confirmed by the broker: whatever is sent from here on stands behind it in every queue.</summary>
    private Task LoseAsync(Room room, long rev, Guid[]? users, Guid? channel) =>
        world.Servers.Services.GetRequiredService<IBus>()
            .Publish(new AccessLost { Server = room.Server, Rev = rev, Users = users, Channel = channel, At = DateTimeOffset.UtcNow }, Cancel);

    /// <summary>The revision went to everybody who is live on the first replica.</summary>
    private Task DeliveredAsync(Room room, long rev) =>
        Eventually.HoldsAsync($"revision {rev} is delivered", () => world.A.Services.GetRequiredService<ChannelFeeds>().Find(room.Channel)?.Last == rev);
}
