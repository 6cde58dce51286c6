using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Chat.Client;
using Chat.Realtime.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Chat.Realtime.Tests;

public sealed class LimitTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G6_A_reader_that_does_not_read_is_closed_and_costs_nobody_else()
    {
        await using var replica = await world.StartAsync(("Realtime:QueueFrames", "16"), ("Realtime:QueueBytes", "65536"), ("Realtime:SlowFor", "00:00:02"), ("Realtime:Heartbeat", "00:01:00"));
        var room = await world.RoomAsync();
        var sleeper = await room.MemberAsync("sleeper");
        using var asleep = await (await sleeper.RawAsync(replica)).IdentifyAsync();
        await asleep.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel }));
        await asleep.ExpectAsync("subscribed");
        var socket = room.Owner.Socket(replica);
        await socket.ConnectAsync(Cancel);
        await using var awake = new FrameCollector(socket);
        await socket.SubscribeAsync(room.Channel, 0, Cancel);

        // More than the buffers of the connection take: nobody reads the first socket.
        var content = new string('x', 4000);
        var last = 0L;
        for (var round = 0; round < 60; round++)
            last = (await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => room.SayAsync(content)))).Max(message => message.Rev);

        await awake.ReachesAsync(room.Channel, last);
        Assert.Equal(Enumerable.Range(1, (int)last).Select(rev => (long)rev), awake.Revisions(room.Channel));
        var open = replica.Services.GetRequiredService<OpenSockets>();
        await Eventually.HoldsAsync("the socket that takes nothing is let go", () => open.Of(sleeper.Account.Id).Length == 0);
        await Eventually.HoldsAsync("the other one is open", () => open.Of(room.Owner.Account.Id).Length == 1);
    }

    [Fact]
    public async Task G3_A_reader_that_paused_gets_everything_in_order()
    {
        await using var replica = await world.StartAsync(("Realtime:QueueFrames", "16"), ("Realtime:QueueBytes", "65536"), ("Realtime:SlowFor", "00:01:00"), ("Realtime:Heartbeat", "00:01:00"), ("Realtime:ResyncBeyond", "10000"));
        var room = await world.RoomAsync();
        var socket = room.Owner.Socket(new ChatSocketOptions { FrameBuffer = 4 }, replica);
        await socket.ConnectAsync(Cancel);
        var subscribed = socket.SubscribeAsync(room.Channel, 0, Cancel);
        await subscribed;

        // The client's buffer, the connection's and the queue's fill up while nothing is read.
        var content = new string('x', 4000);
        var last = 0L;
        for (var round = 0; round < 20; round++)
            last = (await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => room.SayAsync(content)))).Max(message => message.Rev);

        await using var frames = new FrameCollector(socket);
        await frames.ReachesAsync(room.Channel, last);
        Assert.Equal(Enumerable.Range(1, (int)last).Select(rev => (long)rev), frames.Revisions(room.Channel));
        Assert.Equal(1, socket.Connections);
    }

    [Fact]
    public async Task G6_Half_open_and_silent_sockets_are_reaped()
    {
        await using var replica = await world.StartAsync(("Realtime:IdentifyWithin", "00:00:06"), ("Realtime:Heartbeat", "00:00:06"));
        var person = await world.PersonAsync("silent");
        using var unidentified = await person.RawAsync(replica);
        using var silent = await (await person.RawAsync(replica)).IdentifyAsync();
        using var unfinished = await (await person.RawAsync(replica)).IdentifyAsync();
        await unfinished.SendAsync(Encoding.UTF8.GetBytes("{\"t\":"), System.Net.WebSockets.WebSocketMessageType.Text, end: false);

        var codes = await Task.WhenAll(unidentified.CloseCodeAsync(), silent.CloseCodeAsync(), unfinished.CloseCodeAsync());

        Assert.Equal([4001, 4008, 4002], codes);
    }

    [Fact]
    public async Task G6_A_connection_that_never_answers_is_cut()
    {
        await using var replica = await world.StartAsync(("Realtime:IdentifyWithin", "00:00:01"));
        var person = await world.PersonAsync("gone");
        var ticket = await person.Rest.TicketAsync(Cancel);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, replica.Address.Port, Cancel);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /ws?ticket={ticket.Ticket} HTTP/1.1\r\nHost: chat\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"), Cancel);

        // It reads to the end but never answers the close: the end must come all the same.
        var buffer = new byte[4096];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Eventually.Limit);
        try
        {
            while (await stream.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
        Assert.False(limit.IsCancellationRequested);
    }

    [Fact]
    public async Task G6_Too_many_frames_are_ignored_and_going_on_closes_4008()
    {
        await using var replica = await world.StartAsync(("Realtime:FramesPerMinute", "20"));
        var person = await world.PersonAsync("chatty");
        using var socket = await (await person.RawAsync(replica)).IdentifyAsync();

        // As many as a minute allows are answered, the next ones refused; the allowance grows a little meanwhile.
        var answered = 0;
        while (true)
        {
            await socket.SendAsync("""{"t":"heartbeat"}""");
            var answer = await socket.NextAsync() ?? throw new InvalidOperationException("Closed too early.");
            if (answer.GetProperty("t").GetString() == "error")
            {
                Assert.Equal("rate_limited", answer.GetProperty("d").GetProperty("code").GetString());
                break;
            }
            answered++;
        }
        Assert.InRange(answered, 19, 30);

        for (var i = 0; i < 30; i++)
            await socket.SendAsync("""{"t":"heartbeat"}""");
        Assert.Equal(4008, await socket.CloseCodeAsync());
    }

    [Fact]
    public async Task G6_Sockets_and_subscriptions_are_limited()
    {
        await using var replica = await world.StartAsync(("Realtime:SocketsPerUser", "2"), ("Realtime:SubscriptionsPerSocket", "1"));
        var room = await world.RoomAsync();
        using var first = await (await room.Owner.RawAsync(replica)).IdentifyAsync();
        using var second = await (await room.Owner.RawAsync(replica)).IdentifyAsync();
        using var third = await room.Owner.RawAsync(replica);
        Assert.Equal(4008, await third.CloseCodeAsync());

        await first.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel }));
        await first.ExpectAsync("subscribed");
        await first.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel }));
        await first.ExpectErrorAsync("already_subscribed");
        await first.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = Guid.CreateVersion7() }));
        await first.ExpectErrorAsync("too_many_subscriptions");

        second.Dispose();
        await Eventually.HoldsAsync("a place is free again", async () =>
        {
            using var another = await room.Owner.RawAsync(replica);
            await another.NextAsync();
            await another.SendAsync("""{"t":"identify"}""");
            return (await another.NextAsync())?.GetProperty("t").GetString() == "ready";
        });
    }

    [Fact]
    public async Task Stopping_tells_clients_when_to_come_back_and_they_miss_nothing()
    {
        // A stop that its sockets hold up takes all the time that it is given.
        var given = TimeSpan.FromMinutes(1);
        var replica = await world.StartAsync(services => services.PostConfigure<HostOptions>(host => host.ShutdownTimeout = given), ("Realtime:ReconnectWithin", "00:00:01"));
        var room = await world.RoomAsync();
        var socket = room.Owner.Socket(replica, world.B);
        await socket.ConnectAsync(Cancel);
        await using var frames = new FrameCollector(socket);
        await socket.SubscribeAsync(room.Channel, 0, Cancel);
        using var raw = await (await room.Owner.RawAsync(replica)).IdentifyAsync();

        var stopping = Stopwatch.StartNew();
        var stopped = replica.DisposeAsync().AsTask();
        Assert.Equal(4010, await raw.CloseCodeAsync());
        var hint = JsonDocument.Parse(raw.Socket.CloseStatusDescription ?? "").RootElement.GetProperty("reconnectAfterMs").GetInt32();
        await stopped;
        Assert.InRange(stopping.Elapsed, TimeSpan.Zero, given / 2);
        Assert.InRange(hint, 0, 1000);

        await room.SayAsync("meanwhile");
        await frames.ReachesAsync(room.Channel, 1);
        Assert.Equal(4010, (await frames.GetsAsync<DisconnectedFrame>()).Code);
        Assert.Equal(2, socket.Connections);
    }
}
