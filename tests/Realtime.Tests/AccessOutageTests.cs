using System.Text.Json;
using Chat.Client;
using Chat.Contracts;
using Chat.Realtime.Channels;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Realtime.Tests;

/// <summary>A loss of rights while those who can tell what is left of them are away: whoever may be concerned waits, and nobody else does.</summary>
public sealed class AccessOutageTests(World world) : IAsyncLifetime
{
    private TcpGate? _redis;
    private TcpGate? _servers;
    private RunningService<RealtimeService>? _replica;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TcpGate Redis => _redis ?? throw new InvalidOperationException("Not started.");

    private TcpGate Servers => _servers ?? throw new InvalidOperationException("Not started.");

    private RunningService<RealtimeService> Replica => _replica ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        var redis = world.Redis.Split(',');
        var address = redis[0].Split(':');
        _redis = new TcpGate(address[0], int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture));
        _redis.Open();
        _servers = new TcpGate(world.Servers.Address.Host, world.Servers.Address.Port);
        _servers.Open();
        _replica = await world.StartAsync(
            ("ConnectionStrings:redis", string.Join(',', [$"127.0.0.1:{_redis.Port}", .. redis[1..]])),
            ("services:servers:http:0", $"http://127.0.0.1:{_servers.Port}"),
            ("Realtime:SocketsPerUser", "1000"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _replica, _redis, _servers })
        {
            if (part is not null)
                await part.DisposeAsync();
        }
    }

    [Fact]
    public async Task G4_Without_Redis_servers_is_asked_and_nobody_waits()
    {
        var room = await world.RoomAsync();
        var leaver = await room.MemberAsync("leaver");
        await using var left = await SubscribedAsync(leaver, room.Channel);
        await using var stays = await SubscribedAsync(room.Owner, room.Channel);

        Redis.Cut();
        await leaver.Rest.LeaveServerAsync(room.Server, Cancel);
        await LoseAsync(room);
        await room.SayAsync("after");

        await stays.ReachesAsync(room.Channel, 1);
        await left.GetsAsync<UnsubscribedFrame>();
        Assert.Empty(left.Revisions(room.Channel));
    }

    [Fact]
    public async Task G4_While_nobody_can_tell_nobody_is_sent_anything_and_then_exactly_those_who_may()
    {
        var room = await world.RoomAsync();
        var (leaver, returner, waiting) = (await room.MemberAsync("leaver"), await room.MemberAsync("returner"), await room.MemberAsync("waiting"));
        await using var left = await SubscribedAsync(leaver, room.Channel);
        await using var returned = await SubscribedAsync(returner, room.Channel);
        await using var stays = await SubscribedAsync(room.Owner, room.Channel);
        using var pending = await (await waiting.RawAsync(Replica)).IdentifyAsync();
        await room.SayAsync("1");
        foreach (var frames in new[] { left, returned, stays })
            await frames.ReachesAsync(room.Channel, 1);
        var invite = await room.Owner.Rest.CreateInviteAsync(room.Server, cancel: Cancel);

        Redis.Cut();
        Servers.Cut();
        // Its server is not known when the events come.
        await pending.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = room.Channel, rev = 0 }));
        await leaver.Rest.LeaveServerAsync(room.Server, Cancel);
        await waiting.Rest.LeaveServerAsync(room.Server, Cancel);
        await returner.Rest.LeaveServerAsync(room.Server, Cancel);
        await returner.Rest.AcceptInviteAsync(invite.Code, Cancel);
        await LoseAsync(room);
        await room.SayAsync("2");
        await room.SayAsync("3");
        await DeliveredAsync(room.Channel, 3);
        Assert.All(new[] { left, returned, stays }, frames => Assert.Equal([1], frames.Revisions(room.Channel)));
        Redis.Open();
        Servers.Open();

        await stays.ReachesAsync(room.Channel, 3);
        await returned.ReachesAsync(room.Channel, 3);
        await left.GetsAsync<UnsubscribedFrame>();
        await pending.ExpectErrorAsync("channel_not_found");
        await room.SayAsync("4");
        await stays.ReachesAsync(room.Channel, 4);
        await returned.ReachesAsync(room.Channel, 4);
        Assert.Equal([1, 2, 3, 4], stays.Revisions(room.Channel));
        Assert.Equal([1, 2, 3, 4], returned.Revisions(room.Channel));
        Assert.Equal([1], left.Revisions(room.Channel));
    }

    [Fact]
    public async Task G6_A_loss_that_concerns_thousands_of_subscriptions_holds_up_no_other_server()
    {
        const int sockets = 100;
        const int channels = 20;
        var large = await world.RoomAsync();
        var other = await world.RoomAsync();
        var crowd = await large.MemberAsync("crowd");
        var all = await Task.WhenAll(Enumerable.Range(0, channels - 1).Select(number => large.ChannelAsync($"channel-{number}")));
        Guid[] wanted = [large.Channel, .. all];
        var collectors = new List<FrameCollector>();
        foreach (var group in Enumerable.Range(0, sockets).Chunk(10))
            collectors.AddRange(await Task.WhenAll(group.Select(_ => SubscribedAsync(crowd, wanted))));
        await using var elsewhere = await SubscribedAsync(other.Owner, other.Channel);

        Redis.Cut();
        Servers.Cut();
        await LoseAsync(large);
        foreach (var channel in wanted)
            await large.Owner.Rest.SendAsync(channel, "to the crowd", cancel: Cancel);
        await other.SayAsync("elsewhere");
        // Nobody can be asked, and the bus goes on all the same.
        await elsewhere.ReachesAsync(other.Channel, 1);
        await Task.WhenAll(wanted.Select(channel => DeliveredAsync(channel, 1)));
        Assert.All(collectors, frames => Assert.All(wanted, channel => Assert.Empty(frames.Revisions(channel))));
        Redis.Open();
        Servers.Open();

        foreach (var frames in collectors)
        {
            foreach (var channel in wanted)
                await frames.ReachesAsync(channel, 1);
        }
        await crowd.Rest.LeaveServerAsync(large.Server, Cancel);
        foreach (var channel in wanted)
            await large.Owner.Rest.SendAsync(channel, "without the crowd", cancel: Cancel);
        foreach (var frames in collectors)
        {
            await Eventually.HoldsAsync("every subscription ends", () => frames.Frames.OfType<UnsubscribedFrame>().Count() == channels);
            Assert.All(wanted, channel => Assert.Equal([1], frames.Revisions(channel)));
            await frames.DisposeAsync();
        }
    }

    private async Task<FrameCollector> SubscribedAsync(Person person, params Guid[] channels)
    {
        var socket = person.Socket(Replica);
        await socket.ConnectAsync(Cancel);
        var frames = new FrameCollector(socket);
        await Task.WhenAll(channels.Select(channel => socket.SubscribeAsync(channel, cancel: Cancel)));
        return frames;
    }

    /// <summary>Everybody in the server is to be asked about again.</summary>
    private async Task LoseAsync(Room room)
    {
        var rev = (await room.Owner.Rest.ServerAsync(room.Server, Cancel)).Rev;
        await world.Servers.Services.GetRequiredService<IBus>().Publish(new AccessLost { Server = room.Server, Rev = rev, At = DateTimeOffset.UtcNow }, Cancel);
    }

    private Task DeliveredAsync(Guid channel, long rev) =>
        Eventually.HoldsAsync($"revision {rev} is delivered", () => Replica.Services.GetRequiredService<ChannelFeeds>().Find(channel)?.Last == rev);
}
