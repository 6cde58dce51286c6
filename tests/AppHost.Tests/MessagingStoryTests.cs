using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>What people do with messages, through the gateway, and what an open socket hears of it.</summary>
[Collection(SystemCollection.Name)]
public sealed class MessagingStoryTests(RunningSystem system)
{
    /// <summary>After the broker was killed a service may need half a minute to hear of anything again.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G3_every_kind_of_change_in_a_channel_reaches_an_open_socket_in_order_and_without_a_gap()
    {
        var (ann, ben, server, channel) = await MeetAsync();
        using var annEnds = ann;
        using var benEnds = ben;
        await using var reading = await SocketReading.StartAsync(ben.Client, channel, after: 0);
        var messages = $"channels/{channel}/messages";

        var hello = await SayAsync(ann, channel, $"hello <@{ben.Id}>");
        await HeardAsync(reading, channel, 1);
        var reply = await SayAsync(ben, channel, "an answer", hello);
        await HeardAsync(reading, channel, 2);
        var edited = await ann.DoAsync(HttpMethod.Patch, $"{messages}/{hello}", new { content = $"good day <@{ben.Id}>", rev = 1 });
        Assert.Equal(3, edited.GetProperty("rev").GetInt64());
        var stale = await RefusedAsync(ann, HttpMethod.Patch, $"{messages}/{hello}", new { content = "too late", rev = 1 }, HttpStatusCode.Conflict, "stale_revision");
        Assert.Equal(3, stale.GetProperty("current").GetProperty("rev").GetInt64());
        await HeardAsync(reading, channel, 3);
        await ben.DoAsync(HttpMethod.Put, $"{messages}/{hello}/reactions/{Uri.EscapeDataString("👍")}");
        await HeardAsync(reading, channel, 4);
        await ann.DoAsync(HttpMethod.Put, $"channels/{channel}/pins/{hello}");
        await HeardAsync(reading, channel, 6);
        var poll = await PostAsync(ann, channel, new { nonce = "poll", poll = new { question = "Which?", answers = new[] { new { text = "a" }, new { text = "b" } } } });
        await HeardAsync(reading, channel, 7);
        await ben.DoAsync(HttpMethod.Put, $"{messages}/{poll}/poll/votes", new { answers = new[] { 1 } });
        await HeardAsync(reading, channel, 8);
        var thread = (await ben.DoAsync(HttpMethod.Post, $"{messages}/{hello}/thread", new { name = "About it" })).GetProperty("id").GetGuid();
        await HeardAsync(reading, channel, 10);
        await reading.Socket.SubscribeAsync(thread, 0, Cancellation);
        await SayAsync(ann, thread, "in the thread");
        await reading.WaitAsync(() => OfChannel(reading, thread).Count == 1, "the message in the thread", Soon);
        await ann.DoAsync(HttpMethod.Delete, $"{messages}/{reply}");
        await HeardAsync(reading, channel, 11);

        var events = OfChannel(reading, channel);
        Assert.Equal(Enumerable.Range(1, 11).Select(rev => (long)rev), events.Select(one => one.Rev));
        Assert.Equal(
            [
                "message.sent", "message.sent", "message.edited", "reactions.changed", "message.pinned", "message.sent", "message.sent", "poll.changed", "thread.changed", "message.sent",
                "message.deleted",
            ],
            events.Select(one => one.Type));
        Assert.Equal("hello", events[1].Data.GetProperty("reply").GetProperty("content").GetString()?[..5]);
        Assert.Equal(1, events[3].Data.GetProperty("reactions")[0].GetProperty("count").GetInt32());
        Assert.Equal("message_pinned", events[5].Data.GetProperty("kind").GetString());
        Assert.Equal(1, events[7].Data.GetProperty("poll").GetProperty("answers")[1].GetProperty("votes").GetInt32());
        Assert.Equal(thread, events[8].Data.GetProperty("thread").GetProperty("id").GetGuid());
        Assert.Equal((reply, ""), (events[10].Data.GetProperty("id").GetGuid(), events[10].Data.GetProperty("content").GetString()));
        Assert.Equal("in the thread", OfChannel(reading, thread)[0].Data.GetProperty("content").GetString());
        reading.AssertNoViolation();

        // What the socket told is what REST says now; and a moderator's deletion stands in the server's log.
        var changes = await ben.DoAsync(HttpMethod.Get, $"channels/{channel}/changes?after=0");
        Assert.Equal((11, false), (changes.GetProperty("rev").GetInt32(), changes.GetProperty("more").GetBoolean()));
        await EventuallyAsync("the deletion in the audit log", async () =>
            (await ListAsync(ann, $"servers/{server}/audit-log?action=message.deleted")) is [var entry] && entry.GetProperty("target").GetGuid() == ben.Id);
    }

    [Fact]
    public async Task Somebody_reads_what_mentions_them_finds_it_keeps_a_draft_and_says_something_later()
    {
        var (ann, ben, server, channel) = await MeetAsync();
        using var annEnds = ann;
        using var benEnds = ben;
        await using var reading = await SocketReading.StartAsync(ben.Client, channel, after: 0);
        var plain = await SayAsync(ann, channel, "a perfectly ordinary marmalade");
        var mention = await SayAsync(ann, channel, $"<@{ben.Id}> likes marmalade too");
        await HeardAsync(reading, channel, 2);

        Assert.Equal((2, 1), await UnreadAsync(ben, server, channel));
        var inbox = Assert.Single(await ListAsync(ben, $"mentions?server={server}"));
        Assert.Equal((mention, "user"), (inbox.GetProperty("message").GetProperty("id").GetGuid(), inbox.GetProperty("kind").GetString()));
        await ben.DoAsync(HttpMethod.Put, $"channels/{channel}/read", new { seq = 2 });
        await reading.WaitAsync(() => Others(reading, "read_state.changed").Any(frame => frame.GetProperty("d").GetProperty("unread").GetInt32() == 0), "the read state", Soon);
        Assert.Equal((0, 0), await UnreadAsync(ben, server, channel));

        await EventuallyAsync("both are found", async () => (await FoundAsync(ben, $"search?q=marmalade&server={server}")).SequenceEqual([mention, plain]));
        await ann.DoAsync(HttpMethod.Delete, $"channels/{channel}/messages/{plain}");
        Assert.Equal([mention], await FoundAsync(ben, $"search?q=marmalade&server={server}"));

        await ben.DoAsync(HttpMethod.Put, $"channels/{channel}/draft", new { content = "not yet" });
        Assert.Equal("not yet", Assert.Single(await ListAsync(ben, "drafts")).GetProperty("content").GetString());
        await ben.DoAsync(HttpMethod.Delete, $"channels/{channel}/draft");
        Assert.Empty(await ListAsync(ben, "drafts"));

        await ben.DoAsync(HttpMethod.Post, $"channels/{channel}/scheduled", new { content = "later", sendAt = DateTimeOffset.UtcNow.AddSeconds(10) });
        Assert.Equal("later", Assert.Single(await ListAsync(ben, "scheduled")).GetProperty("content").GetString());
        await reading.WaitForAsync("later", Soon);
        await EventuallyAsync("it is not to be sent any more", async () => (await ListAsync(ben, "scheduled")).Count == 0);
        Assert.Equal([1L, 2L, 3L, 4L], OfChannel(reading, channel).Select(one => one.Rev));
        reading.AssertNoViolation();
    }

    [Fact]
    public async Task A_stranger_asks_to_talk_is_let_in_and_is_blocked_in_the_end()
    {
        using var ann = await Resident.SignUpAsync(system, "ann");
        using var cat = await Resident.SignUpAsync(system, "cat");
        await using var reading = await SocketReading.StartAsync(ann.Client, (await RunningSystem.CreateServerAsync(ann.Client)).Channel);

        var asked = await cat.DoAsync(HttpMethod.Post, "conversations", new { users = new[] { ann.Id } });
        var conversation = asked.GetProperty("id").GetGuid();
        Assert.Equal(cat.Id, asked.GetProperty("requestedBy").GetGuid());
        await reading.WaitAsync(() => Others(reading, "conversation.changed").Any(frame => frame.GetProperty("channel").GetGuid() == conversation), "the conversation", Soon);
        await reading.Socket.SubscribeAsync(conversation, 0, Cancellation);
        var first = await SayAsync(cat, conversation, "may I?");
        await reading.WaitForAsync("may I?", Soon);
        Assert.Equal(conversation, Assert.Single(await ListAsync(ann, "conversations?state=requests")).GetProperty("id").GetGuid());
        Assert.Empty(await ListAsync(ann, "conversations"));

        await ann.DoAsync(HttpMethod.Put, $"conversations/{conversation}/request");
        await SayAsync(ann, conversation, "you may", first);
        await cat.DoAsync(HttpMethod.Put, $"channels/{conversation}/messages/{first}/reactions/{Uri.EscapeDataString("🎉")}");
        await reading.WaitAsync(() => OfChannel(reading, conversation).Count == 3, "three events", Soon);
        Assert.Equal(conversation, (await ann.DoAsync(HttpMethod.Post, "conversations", new { users = new[] { cat.Id } })).GetProperty("id").GetGuid());

        await ann.DoAsync(HttpMethod.Put, $"blocks/{cat.Id}");

        await RefusedAsync(cat, HttpMethod.Post, $"channels/{conversation}/messages", new { content = "still there?", nonce = "refused" }, HttpStatusCode.Forbidden, "missing_permission");
        await RefusedAsync(ann, HttpMethod.Post, $"channels/{conversation}/messages", new { content = "hello?", nonce = "refused" }, HttpStatusCode.Forbidden, "missing_permission");
        Assert.Equal(2, (await ann.DoAsync(HttpMethod.Get, $"channels/{conversation}/messages")).GetProperty("items").GetArrayLength());
        var events = OfChannel(reading, conversation);
        Assert.Equal([("message.sent", 1L), ("message.sent", 2L), ("reactions.changed", 3L)], events.Select(one => (one.Type, one.Rev)));
        reading.AssertNoViolation();
    }

    /// <summary>Two people in a new server, which is the first's.</summary>
    private async Task<(Resident Ann, Resident Ben, Guid Server, Guid Channel)> MeetAsync()
    {
        var people = await Task.WhenAll(Resident.SignUpAsync(system, "ann"), Resident.SignUpAsync(system, "ben"));
        var (server, channel) = await RunningSystem.CreateServerAsync(people[0].Client);
        await RunningSystem.JoinAsync(people[0].Client, server, people[1].Client);
        return (people[0], people[1], server.Id, channel);
    }

    private static Task<Guid> SayAsync(Resident person, Guid channel, string content, Guid? replyTo = null) =>
        PostAsync(person, channel, new { content, nonce = Guid.NewGuid().ToString(), replyTo });

    private static async Task<Guid> PostAsync(Resident person, Guid channel, object body) =>
        (await person.DoAsync(HttpMethod.Post, $"channels/{channel}/messages", body)).GetProperty("id").GetGuid();

    private static async Task<JsonElement> RefusedAsync(Resident person, HttpMethod method, string path, object body, HttpStatusCode status, string code)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var response = await person.Http.SendAsync(request, Cancellation);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal((status, code), (response.StatusCode, problem.GetProperty("code").GetString()));
        return problem;
    }

    private static async Task<List<JsonElement>> ListAsync(Resident person, string path) => [.. (await person.DoAsync(HttpMethod.Get, path)).GetProperty("items").EnumerateArray()];

    private static async Task<IEnumerable<Guid>> FoundAsync(Resident person, string path) =>
        (await ListAsync(person, path)).Select(hit => hit.GetProperty("message").GetProperty("id").GetGuid());

    private static async Task<(int Unread, int Mentions)> UnreadAsync(Resident person, Guid server, Guid channel)
    {
        var state = (await ListAsync(person, $"read-states?server={server}")).Single(one => one.GetProperty("channel").GetGuid() == channel);
        return (state.GetProperty("unread").GetInt32(), state.GetProperty("mentions").GetInt32());
    }

    private static List<ChannelEventFrame> OfChannel(SocketReading reading, Guid channel) => [.. reading.Events().Where(one => one.Channel == channel)];

    private static IEnumerable<JsonElement> Others(SocketReading reading, string type) =>
        reading.Others().OfType<UnknownFrame>().Where(frame => frame.Type == type).Select(frame => frame.Frame);

    private static Task HeardAsync(SocketReading reading, Guid channel, int count) =>
        reading.WaitAsync(() => OfChannel(reading, channel).Count >= count, $"{count} events", Soon);

    private static async Task EventuallyAsync(string what, Func<Task<bool>> probe)
    {
        for (var deadline = DateTimeOffset.UtcNow + Soon; !await probe(); await Task.Delay(50, Cancellation))
            Assert.True(DateTimeOffset.UtcNow < deadline, $"waited {Soon.TotalSeconds} s for {what}");
    }
}
