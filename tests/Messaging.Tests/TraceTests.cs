using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using Chat.Messaging.Writing;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class TraceTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G12_request_commit_SQL_and_publish_of_a_message_are_one_trace()
    {
        await using var gate = Shut();
        await using var replica = Start(await world.CreateDatabaseAsync(), gate);
        var owned = await world.OpenRoomAsync();
        var room = new ChannelClient(replica.CreateClient(owned.Owner.Token), owned.Channel);
        var trace = ActivityTraceId.CreateRandom();
        using var spans = new RecordedSpans(trace);
        using var request = new HttpRequestMessage(HttpMethod.Post, room.Messages) { Content = JsonContent.Create(new { content = "traced", nonce = "n" }) };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");

        using var response = await room.Http.SendAsync(request, Ending);

        await response.ExpectAsync(System.Net.HttpStatusCode.Created);
        gate.Open();
        await Eventually.HoldsAsync("the event is published", Patience, () => Task.FromResult(spans.Of("Chat.Outbox").Any(span => span.Status != ActivityStatusCode.Error)));
        // The span of the request ends after its answer.
        await Eventually.HoldsAsync("the request has ended", Patience, () => Task.FromResult(spans.Of("Microsoft.AspNetCore").Any()));
        var served = Assert.Single(spans.Of("Microsoft.AspNetCore"), span => span.DisplayName.StartsWith("POST /api/v1/channels/", StringComparison.Ordinal));
        var append = Assert.Single(spans.Of("Chat.Messaging"), span => span.OperationName == "append");
        var commit = Assert.Single(spans.Of("Chat.Messaging"), span => span.OperationName == "commit");
        Assert.Equal(served.SpanId, append.ParentSpanId);
        Assert.Equal(append.SpanId, commit.ParentSpanId);
        Assert.Contains(spans.Of("Npgsql"), span => span.ParentSpanId == commit.SpanId);
    }

    [Fact]
    public async Task G12_messages_that_share_a_commit_link_to_it()
    {
        await using var gate = Shut();
        var database = await world.CreateDatabaseAsync();
        await using var replica = Start(database, gate);
        var trace = ActivityTraceId.CreateRandom();
        using var spans = new RecordedSpans(trace);
        using var request = new Activity("request").SetParentId(trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start();

        var group = await world.GatherAsync(["alone", "first", "second", "third"], replica: replica, database: database);

        Assert.All(group.Outcomes, outcome => Assert.IsType<SendOutcome.Sent>(outcome));
        await Eventually.HoldsAsync("all spans have ended", Patience, () => Task.FromResult(spans.Of("Chat.Messaging").Count() == 6));
        var shared = Assert.Single(spans.Of("Chat.Messaging"), span => span.OperationName == "commit" && span.Links.Count() == 2);
        var linked = spans.Of("Chat.Messaging").Where(span => span.OperationName == "append" && span.Links.Any(link => link.Context.SpanId == shared.SpanId));
        Assert.Equal(shared.Links.Select(link => link.Context.SpanId).Order(SpanOrder), linked.Select(span => span.SpanId).Order(SpanOrder));
    }

    /// <summary>
    /// A replica that nobody else works with, on a database of its own, and that hears of nothing as long as the gate is shut: a message of another test, or one that greets somebody,
    /// would be the first of a group, and the commit be in its trace.
    /// </summary>
    private RunningService<MessagingService> Start(string database, TcpGate gate) =>
        world.Start(database, ("ConnectionStrings:rabbitmq", new UriBuilder(world.RabbitMq) { Host = "127.0.0.1", Port = gate.Port }.Uri.ToString()));

    private TcpGate Shut() => new(new Uri(world.RabbitMq).Host, new Uri(world.RabbitMq).Port, open: false);

    private static Comparer<ActivitySpanId> SpanOrder { get; } = Comparer<ActivitySpanId>.Create((left, right) => string.CompareOrdinal(left.ToHexString(), right.ToHexString()));

    /// <summary>The spans of one trace that ended in this process.</summary>
    private sealed class RecordedSpans : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly ActivityListener _listener;

        public RecordedSpans(ActivityTraceId trace)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = _ => true,
                Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                    options.TraceId == trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
                ActivityStopped = activity =>
                {
                    if (activity.TraceId == trace)
                        _ended.Enqueue(activity);
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public IEnumerable<Activity> Of(string source) => _ended.Where(activity => activity.Source.Name == source);

        public void Dispose() => _listener.Dispose();
    }
}
