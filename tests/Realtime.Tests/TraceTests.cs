using System.Collections.Concurrent;
using System.Diagnostics;

namespace Chat.Realtime.Tests;

public sealed class TraceTests(World world)
{
    [Fact]
    public async Task G12_The_push_to_the_sockets_belongs_to_the_trace_of_the_request()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "MassTransit" or "Microsoft.AspNetCore" || source.Name.StartsWith("Chat.", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var room = await world.RoomAsync();
        var socket = room.Owner.Socket();
        await socket.ConnectAsync(TestContext.Current.CancellationToken);
        await using var frames = new FrameCollector(socket);
        await socket.SubscribeAsync(room.Channel, 0, TestContext.Current.CancellationToken);

        await room.SayAsync();
        await frames.ReachesAsync(room.Channel, 1);

        Activity? push = null;
        await Eventually.HoldsAsync("the push is traced", () =>
            (push = ended.FirstOrDefault(activity => activity.OperationName == "socket push" && room.Channel.Equals(activity.GetTagItem("chat.channel")))) is not null);
        Assert.NotNull(push);
        Assert.Equal(1, push.GetTagItem("chat.receivers"));
        await Eventually.HoldsAsync("the request is in the same trace", () => ended.Any(activity =>
            activity.Source.Name == "Microsoft.AspNetCore" && activity.TraceId == push.TraceId && activity.Kind == ActivityKind.Server));
        // The publisher's span ends with the broker's confirmation, which the push may overtake.
        await Eventually.HoldsAsync("the publishing is in the same trace", () => ended.Any(activity => activity.Source.Name == "Chat.Outbox" && activity.TraceId == push.TraceId));
    }
}
