using System.Text.Json;
using Chat.Client;

namespace Chat.Realtime.Tests;

public sealed class DeliveryTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_reaches_subscribers_on_both_replicas_as_it_was_answered()
    {
        var room = await world.RoomAsync();
        var member = await room.MemberAsync();
        var here = room.Owner.Socket(world.A);
        var there = member.Socket(world.B);
        var ready = await here.ConnectAsync(Cancel);
        await there.ConnectAsync(Cancel);
        await using var a = new FrameCollector(here);
        await using var b = new FrameCollector(there);
        Assert.Equal(room.Owner.Account.Id, ready.User.Id);
        Assert.Equal(0, await here.SubscribeAsync(room.Channel, cancel: Cancel));
        Assert.Equal(0, await there.SubscribeAsync(room.Channel, 0, Cancel));

        var sent = await room.SayAsync("to both");

        await a.ReachesAsync(room.Channel, 1);
        await b.ReachesAsync(room.Channel, 1);
        Assert.Equal(sent, Assert.Single(a.Events(room.Channel)).AsMessage());
        Assert.Equal(sent, Assert.Single(b.Events(room.Channel)).AsMessage());
    }

    [Fact]
    public async Task G3_What_was_missed_comes_first_then_subscribed_then_live()
    {
        var room = await world.RoomAsync();
        await room.FillAsync(30);
        var socket = room.Owner.Socket();
        await socket.ConnectAsync(Cancel);
        await using var frames = new FrameCollector(socket);

        Assert.Equal(30, await socket.SubscribeAsync(room.Channel, 10, Cancel));
        await room.SayAsync("live");

        await frames.ReachesAsync(room.Channel, 31);
        Assert.Equal(Enumerable.Range(11, 21).Select(rev => (long)rev), frames.Revisions(room.Channel));
        var order = frames.Frames.Select(frame => frame is SubscribedFrame ? "subscribed" : frame is ChannelEventFrame e ? $"{e.Rev}" : "").ToList();
        Assert.Equal(order.IndexOf("30") + 1, order.IndexOf("subscribed"));
        Assert.Equal(order.IndexOf("31") - 1, order.IndexOf("subscribed"));
    }

    [Fact]
    public async Task G3_Caught_up_frames_equal_live_frames()
    {
        var room = await world.RoomAsync();
        var early = await (await room.Owner.RawAsync()).IdentifyAsync();
        await early.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel }));
        await early.ExpectAsync("subscribed");
        await room.SayAsync("Grüße \"quoted\" \\ 🎉 <b>&amp;</b>\nsecond line");
        var live = await early.ExpectAsync("message.sent");

        var late = await (await room.Owner.RawAsync()).IdentifyAsync();
        await late.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel, rev = 0 }));
        var caughtUp = await late.ExpectAsync("message.sent");

        Assert.Equal(live.ToString(), caughtUp.ToString());
    }

    [Fact]
    public async Task G3_More_than_a_replay_behind_resynchronises_and_goes_on_live()
    {
        var room = await world.RoomAsync();
        await room.FillAsync(502);
        var socket = room.Owner.Socket();
        await socket.ConnectAsync(Cancel);
        await using var frames = new FrameCollector(socket);

        Assert.Equal(502, await socket.SubscribeAsync(room.Channel, 1, Cancel));
        await room.SayAsync("live");

        await frames.ReachesAsync(room.Channel, 503);
        Assert.Equal(502, (await frames.GetsAsync<ResyncFrame>()).Rev);
        Assert.Equal([503], frames.Revisions(room.Channel));
    }

    [Fact]
    public async Task A_revision_from_the_future_resynchronises()
    {
        var room = await world.RoomAsync();
        await room.FillAsync(3);
        var socket = room.Owner.Socket();
        await socket.ConnectAsync(Cancel);
        await using var frames = new FrameCollector(socket);

        Assert.Equal(3, await socket.SubscribeAsync(room.Channel, 77, Cancel));

        Assert.Equal(3, (await frames.GetsAsync<ResyncFrame>()).Rev);
    }

    [Fact]
    public async Task G3_Twenty_sockets_that_join_while_messages_flow_get_one_sequence()
    {
        var room = await world.RoomAsync();
        var people = new[] { room.Owner, await room.MemberAsync(), await room.MemberAsync() };
        using var stop = new CancellationTokenSource();
        var talking = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await Task.WhenAll(room.SayAsync(), room.SayAsync(), room.SayAsync());
        }, Cancel);

        var collectors = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            var socket = people[i % 3].Socket(i % 2 == 0 ? world.A : world.B);
            await socket.ConnectAsync(Cancel);
            var frames = new FrameCollector(socket);
            await socket.SubscribeAsync(room.Channel, 0, Cancel);
            return frames;
        }));
        await stop.CancelAsync();
        await talking;
        var last = (await room.SayAsync("last")).Rev;

        foreach (var frames in collectors)
        {
            await frames.ReachesAsync(room.Channel, last);
            Assert.Equal(Enumerable.Range(1, (int)last).Select(rev => (long)rev), frames.Revisions(room.Channel));
            await frames.DisposeAsync();
        }
    }

    [Fact]
    public async Task G3_A_socket_that_broke_continues_where_it_stopped()
    {
        var room = await world.RoomAsync();
        var socket = room.Owner.Socket(world.A, world.B);
        await socket.ConnectAsync(Cancel);
        await using var frames = new FrameCollector(socket);
        await socket.SubscribeAsync(room.Channel, 0, Cancel);
        await room.FillAsync(5);
        await frames.ReachesAsync(room.Channel, 5);

        socket.Drop();
        await room.FillAsync(5);
        await frames.ReachesAsync(room.Channel, 10);
        await room.SayAsync();
        await frames.ReachesAsync(room.Channel, 11);

        Assert.Equal(2, socket.Connections);
        Assert.Equal(Enumerable.Range(1, 11).Select(rev => (long)rev), frames.Revisions(room.Channel));
    }

    [Fact]
    public async Task G3_A_subscription_that_is_asked_for_while_the_connection_breaks_is_made_by_the_next_one()
    {
        var room = await world.RoomAsync();
        var socket = room.Owner.Socket(world.A, world.B);
        await socket.ConnectAsync(Cancel);
        await using var frames = new FrameCollector(socket);
        await room.SayAsync();

        socket.Drop();
        Assert.Equal(1, await socket.SubscribeAsync(room.Channel, 0, Cancel));

        await frames.ReachesAsync(room.Channel, 1);
        Assert.Equal(2, socket.Connections);
    }

    [Fact]
    public async Task Several_channels_are_subscribed_in_one_frame()
    {
        var first = await world.RoomAsync();
        var second = await world.RoomAsync();
        await first.SayAsync();
        using var raw = await (await first.Owner.RawAsync()).IdentifyAsync();

        await raw.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channels = new object[] { new { channel = first.Channel }, new { channel = second.Channel, rev = 0 } } }));
        var answers = new[] { await raw.NextAsync(), await raw.NextAsync() }.OfType<JsonElement>().ToDictionary(frame => frame.GetProperty("channel").GetGuid());

        Assert.Equal("subscribed", answers[first.Channel].GetProperty("t").GetString());
        Assert.Equal(1, answers[first.Channel].GetProperty("rev").GetInt64());
        Assert.Equal("channel_not_found", answers[second.Channel].GetProperty("d").GetProperty("code").GetString());
        Assert.Equal("subscribe", answers[second.Channel].GetProperty("d").GetProperty("of").GetString());
    }
}
