using System.Diagnostics;

namespace Chat.Realtime.Tests;

public sealed class OutageTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G5_A_broker_that_was_away_for_a_while_is_heard_again_within_ten_seconds_of_its_return()
    {
        var address = new Uri(world.RabbitMq);
        await using var gate = new TcpGate(address.Host, address.Port);
        gate.Open();
        // Without the comparison of revisions, which would find the messages too.
        await using var replica = await world.StartAsync(
            ("ConnectionStrings:rabbitmq", new UriBuilder(address) { Host = "127.0.0.1", Port = gate.Port }.Uri.ToString()), ("Realtime:ReconcileEvery", "00:10:00"));
        var room = await world.RoomAsync();
        var socket = room.Owner.Socket(replica);
        await socket.ConnectAsync(Cancel);
        await using var frames = new FrameCollector(socket);
        await socket.SubscribeAsync(room.Channel, 0, Cancel);
        await room.SayAsync("before");
        await frames.ReachesAsync(room.Channel, 1);

        gate.Cut();
        using var client = replica.CreateClient();
        await Eventually.HoldsAsync("the loss is noticed", async () => !(await client.GetAsync(new Uri("/health", UriKind.Relative), Cancel)).IsSuccessStatusCode);
        await room.SayAsync("while it was away");
        // Long enough for attempts to fail several times: pauses that grow from one to the next would be longer than what is allowed below.
        await Task.Delay(TimeSpan.FromSeconds(12), Cancel);
        Assert.Equal([1], frames.Revisions(room.Channel));
        gate.Open();
        var back = Stopwatch.StartNew();
        await frames.ReachesAsync(room.Channel, 2);

        Assert.InRange(back.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await room.SayAsync("after");
        await frames.ReachesAsync(room.Channel, 3);
        Assert.Equal([1, 2, 3], frames.Revisions(room.Channel));
    }
}
