using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>What a user gets, through the gateway.</summary>
[Collection(SystemCollection.Name)]
public sealed class StoryTests(RunningSystem system)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_people_meet_by_invite_and_what_one_sends_reaches_the_others_socket()
    {
        using var ann = await system.SignUpAsync("ann");
        using var ben = await system.SignUpAsync("ben");
        var (server, channel) = await RunningSystem.CreateServerAsync(ann);
        await RunningSystem.JoinAsync(ann, server, ben);
        await using var reading = await SocketReading.StartAsync(ben, channel);

        var sent = await ann.SendAsync(channel, "hello, Ben 👋", cancel: Cancellation);

        await reading.WaitForAsync("hello, Ben 👋", Soon);
        var received = reading.Events().Single();
        Assert.Equal(sent.Id, received.Data.GetProperty("id").GetGuid());
        Assert.Equal(1, sent.Seq);
        Assert.Equal(sent.Rev, received.Rev);
        var history = await ben.HistoryAsync(channel, cancel: Cancellation);
        Assert.Equal(sent.Id, Assert.Single(history.Items).Id);
        reading.AssertNoViolation();
    }

    [Fact]
    public async Task G2_one_nonce_from_twenty_parallel_requests_over_two_replicas_is_one_message()
    {
        using var ann = await system.SignUpAsync("ann");
        var (_, channel) = await RunningSystem.CreateServerAsync(ann);
        await ann.SendAsync(channel, "first", cancel: Cancellation);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ann.SendAsync(channel, "only once", "one-nonce", cancel: Cancellation)));

        Assert.Single(answers.Distinct());
        var history = await ann.HistoryAsync(channel, cancel: Cancellation);
        Assert.Equal(["first", "only once"], history.Items.Select(message => message.Content));
    }

    [Fact]
    public async Task G3_a_client_that_drops_its_socket_during_5000_sends_by_8_senders_ends_with_exactly_1_to_n()
    {
        const int senders = 8;
        const int each = 625;
        using var owner = await system.SignUpAsync("owner");
        using var watcher = await system.SignUpAsync("watcher");
        var (server, channel) = await RunningSystem.CreateServerAsync(owner);
        await RunningSystem.JoinAsync(owner, server, watcher);
        var people = await Task.WhenAll(Enumerable.Range(0, senders).Select(async index =>
        {
            var person = await system.SignUpAsync($"sender{index}");
            await RunningSystem.JoinAsync(owner, server, person);
            return person;
        }));
        await using var reading = await SocketReading.StartAsync(watcher, channel, after: 0);

        var sending = Task.WhenAll(people.Select(async person =>
        {
            for (var index = 0; index < each; index++)
            {
                await person.SendAsync(channel, $"m{index}", cancel: Cancellation);
            }
        }));
        for (var drop = 1; drop <= 3; drop++)
        {
            var mark = drop * senders * each / 4;
            await reading.WaitAsync(() => reading.Events().Count >= mark, $"{mark} events before drop {drop}", TimeSpan.FromMinutes(2));
            reading.Socket.Drop();
        }

        await sending;
        await reading.WaitAsync(() => reading.Events().Count >= senders * each, "all events", TimeSpan.FromMinutes(1));

        Assert.Equal(Enumerable.Range(1, senders * each).Select(rev => (long)rev), reading.Events().Select(e => e.Rev));
        Assert.Equal(senders * each, reading.Events().Select(e => e.Data.GetProperty("id").GetGuid()).Distinct().Count());
        Assert.True(reading.Socket.Connections >= 4, $"the socket connected {reading.Socket.Connections} times");
        reading.AssertNoViolation();
        foreach (var person in people)
        {
            person.Dispose();
        }
    }

    [Fact]
    public async Task G4_who_has_left_can_neither_send_nor_read_and_hears_nothing_more()
    {
        using var owner = await system.SignUpAsync("owner");
        using var leaver = await system.SignUpAsync("leaver", new ChatClientOptions { RetryFor = TimeSpan.Zero });
        using var witness = await system.SignUpAsync("witness");
        var (server, channel) = await RunningSystem.CreateServerAsync(owner);
        await RunningSystem.JoinAsync(owner, server, leaver);
        await RunningSystem.JoinAsync(owner, server, witness);
        await using var left = await SocketReading.StartAsync(leaver, channel);
        await using var stayed = await SocketReading.StartAsync(witness, channel);
        await owner.SendAsync(channel, "before", cancel: Cancellation);
        await left.WaitForAsync("before", Soon);

        await leaver.LeaveServerAsync(server.Id, Cancellation);
        var refused = await Task.WhenAll(Enumerable.Range(0, 50).Select(async index =>
        {
            try
            {
                await (index % 3 == 0 ? leaver.HistoryAsync(channel, cancel: Cancellation)
                    : index % 3 == 1 ? (Task)leaver.ChangesAsync(channel, 0, cancel: Cancellation)
                    : leaver.SendAsync(channel, $"after {index}", cancel: Cancellation));
                return HttpStatusCode.OK;
            }
            catch (ChatApiException refusal)
            {
                return refusal.Status;
            }
        }));
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation },
            async (index, ct) => await owner.SendAsync(channel, $"secret {index}", cancel: ct));

        Assert.All(refused, status => Assert.Equal(HttpStatusCode.NotFound, status));
        await stayed.WaitAsync(() => stayed.Events().Count >= 1001, "the witness to hear all", TimeSpan.FromMinutes(1));
        await left.WaitAsync(() => left.Others().OfType<UnsubscribedFrame>().Any(), "the leaver to be told", Soon);
        Assert.Equal(["before"], left.Contents());
        stayed.AssertNoViolation();
    }

    [Fact]
    public async Task G12_a_message_is_one_trace_from_the_request_to_the_socket_push()
    {
        using var ann = await system.SignUpAsync("ann");
        var (_, channel) = await RunningSystem.CreateServerAsync(ann);
        await using var reading = await SocketReading.StartAsync(ann, channel);
        await ann.SendAsync(channel, "warm up", cancel: Cancellation);
        await reading.WaitForAsync("warm up", Soon);

        using var activity = new Activity("send") { ActivityTraceFlags = ActivityTraceFlags.Recorded };
        activity.Start();
        var traceId = activity.TraceId.ToHexString();
        var content = $"traced {traceId}";
        await ann.SendAsync(channel, content, cancel: Cancellation);
        activity.Stop();
        await reading.WaitForAsync(content, Soon);

        var spans = await system.Traces.WaitAsync(
            traceId,
            spans => spans.Any(span => span.Service.StartsWith("gateway", StringComparison.Ordinal))
                && spans.Any(span => span.Service.StartsWith("messaging", StringComparison.Ordinal) && span.Name.StartsWith("POST", StringComparison.Ordinal))
                && spans.Any(span => span.Service.StartsWith("messaging", StringComparison.Ordinal) && span.Name is "postgresql" or "messagingdb")
                && spans.Any(span => span.Service.StartsWith("messaging", StringComparison.Ordinal) && span.Name == "outbox publish")
                && spans.Any(span => span.Service.StartsWith("realtime", StringComparison.Ordinal) && span.Name == "socket push"),
            Soon);
        var ids = spans.Select(span => span.SpanId).ToHashSet(StringComparer.Ordinal);
        Assert.All(spans.Where(span => span.Name == "socket push"), push => Assert.Contains(push.ParentId, ids));
    }

    [Fact]
    public async Task After_logging_out_the_cookie_is_refused_and_the_socket_closed()
    {
        using var ann = await system.SignUpAsync("ann", new ChatClientOptions { RetryFor = TimeSpan.Zero });
        var (_, channel) = await RunningSystem.CreateServerAsync(ann);
        await using var reading = await SocketReading.StartAsync(ann, channel);

        await ann.LogoutAsync(Cancellation);

        var refusal = await Assert.ThrowsAsync<ChatApiException>(() => ann.MeAsync(Cancellation));
        Assert.Equal(HttpStatusCode.Unauthorized, refusal.Status);
        await reading.WaitAsync(() => reading.Others().OfType<DisconnectedFrame>().Any(frame => frame.Code == 4009), "close code 4009", Soon);
    }

    [Fact]
    public async Task G11_bad_requests_get_problems_through_the_gateway_and_cost_nobody_else_anything()
    {
        var cookies = new CookieContainer();
        using var ann = await system.SignUpAsync("ann", new ChatClientOptions { Handler = new SocketsHttpHandler { CookieContainer = cookies } });
        var (_, channel) = await RunningSystem.CreateServerAsync(ann);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = system.Gateway };
        http.DefaultRequestHeaders.Add("X-Chat-Client", "tests");
        var messages = new Uri($"/api/v1/channels/{channel}/messages", UriKind.Relative);

        foreach (var (body, status) in new[] { ("{", 400), ("[]", 400), ("""{"content":5,"nonce":"a"}""", 400), ("""{"content":null,"nonce":"a"}""", 400), ("""{"content":"","nonce":"a"}""", 400), ($$"""{"content":"{{new string('x', 4001)}}","nonce":"a"}""", 400) })
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var response = await http.PostAsync(messages, content, Cancellation);
            var answer = await response.Content.ReadAsStringAsync(Cancellation);
            Assert.True(status == (int)response.StatusCode, $"{body[..Math.Min(40, body.Length)]} answered {(int)response.StatusCode}: {answer}");
            Assert.False(string.IsNullOrEmpty(JsonDocument.Parse(answer).RootElement.GetProperty("code").GetString()));
        }

        using var huge = new HttpRequestMessage(HttpMethod.Post, messages) { Content = new ByteArrayContent(new byte[20_000_000]) };
        huge.Content.Headers.ContentType = new("application/json");
        huge.Headers.ExpectContinue = true;
        using var tooLarge = await http.SendAsync(huge, Cancellation);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);

        Assert.Equal(1, (await ann.SendAsync(channel, "still here", cancel: Cancellation)).Seq);
    }
}
