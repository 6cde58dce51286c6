using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class SendTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { """{"nonce":"n"}""", "content", "required" },
        { """{"content":null,"nonce":"n"}""", "content", "required" },
        { """{"content":5,"nonce":"n"}""", "content", "invalid_type" },
        { """{"content":["a"],"nonce":"n"}""", "content", "invalid_type" },
        { """{"content":"  \n ","nonce":"n"}""", "content", "required" },
        { """{"content":"\u200b\u200d","nonce":"n"}""", "content", "required" },
        { """{"content":"a\u0000b","nonce":"n"}""", "content", "control_character" },
        { """{"content":"a\ud800b","nonce":"n"}""", "content", "invalid_text" },
        { """{"content":"a"}""", "nonce", "required" },
        { """{"content":"a","nonce":""}""", "nonce", "required" },
        { """{"content":"a","nonce":7}""", "nonce", "invalid_type" },
        { """{"content":"a","nonce":"a b"}""", "nonce", "invalid_characters" },
        { """{"content":"a","nonce":"é"}""", "nonce", "invalid_characters" },
        { """{"content":"a","nonce":"\udc00"}""", "nonce", "invalid_text" },
        { """{"content":"a","nonce":"n","replyTo":"first"}""", "replyTo", "invalid_id" },
        { """{"content":"a","nonce":"n","replyTo":{}}""", "replyTo", "invalid_type" },
        { """{"content":"a","nonce":"n","attachments":"01890000-0000-7000-8000-000000000000"}""", "attachments", "invalid_type" },
        { """{"content":"a","nonce":"n","attachments":["01890000-0000-7000-8000-000000000000"]}""", "attachments", "not_available" },
        { """{"content":"a","nonce":"n","replyTo":"01890000-0000-7000-8000-000000000000"}""", "replyTo", "reply_not_found" },
    };

    [Fact]
    public async Task A_message_is_answered_as_it_was_stored()
    {
        var room = await world.OpenRoomAsync();
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        using var response = await room.PostAsync(new { content = "  Hello\r\nthere ", nonce = "first" });
        await response.ExpectAsync(HttpStatusCode.Created);
        var json = await response.ReadAsync<JsonElement>();
        var message = await response.ReadAsync<MessageView>();

        Assert.Equal((room.Channel, 1, 1, "Hello\nthere", "first", null), (message.Channel, message.Seq, message.Rev, message.Content, message.Nonce, message.ReplyTo));
        Assert.False(json.TryGetProperty("replyTo", out _));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", json.GetProperty("createdAt").GetString());
        Assert.InRange(message.CreatedAt, before, DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.Equal(7, message.Id.Version);
        Assert.Equal(room.Owner.Id, message.Author.Id);
        Assert.Equal(room.Owner.Username, message.Author.Username);
        Assert.Equal([message], (await room.HistoryAsync()).Items);
    }

    [Fact]
    public async Task A_reply_names_the_message_it_answers()
    {
        var room = await world.OpenRoomAsync();
        var first = await room.SendAsync("question");

        var reply = await room.SendAsync("answer", replyTo: first.Id);

        Assert.Equal(first.Id, reply.ReplyTo);
        Assert.Equal([first, reply], (await room.HistoryAsync()).Items);
    }

    [Fact]
    public async Task A_reply_to_a_message_of_another_channel_is_refused()
    {
        var room = await world.OpenRoomAsync();
        var elsewhere = await (await world.OpenRoomAsync()).SendAsync("secret");

        using var response = await room.PostAsync(new { content = "a", nonce = "n", replyTo = elsewhere.Id });

        await response.ExpectFieldErrorAsync("replyTo", "reply_not_found");
        Assert.Empty((await room.HistoryAsync()).Items);
    }

    [Fact]
    public async Task A_nonce_is_the_authors_own_in_one_channel()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var other = await world.OpenRoomAsync(room.Owner);

        var messages = new[] { await room.SendAsync("a", "same"), await guest.SendAsync("b", "same"), await other.SendAsync("c", "same") };

        Assert.Equal(3, messages.DistinctBy(message => message.Id).Count());
        Assert.Equal(["a", "b", "c"], messages.Select(message => message.Content));
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_reported_for_its_field(string body, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var response = await PostTextAsync(room, body);

        await response.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Lengths_are_limited()
    {
        var room = await world.SharedRoomAsync();

        using var content = await room.PostAsync(new { content = new string('x', 4001), nonce = "n" });
        using var nonce = await room.PostAsync(new { content = "x", nonce = new string('n', 65) });
        using var both = await room.PostAsync(new { content = "", nonce = new string('n', 100_000) });

        await content.ExpectFieldErrorAsync("content", "too_long");
        await nonce.ExpectFieldErrorAsync("nonce", "too_long");
        await both.ExpectFieldErrorAsync("content", "required");
        await both.ExpectFieldErrorAsync("nonce", "too_long");
    }

    [Fact]
    public async Task The_longest_message_is_stored_whole()
    {
        var room = await world.OpenRoomAsync();
        var content = string.Concat(Enumerable.Repeat("😀", 4000));

        var sent = await room.SendAsync(content, new string('~', 64));

        Assert.Equal(content, sent.Content);
        Assert.Equal(content, Assert.Single((await room.HistoryAsync()).Items).Content);
    }

    [Theory]
    [InlineData("""{"content":"a",""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("""{"content":"a","content":"b","nonce":"n"}""")]
    [InlineData("")]
    public async Task A_body_that_is_no_message_is_malformed(string body)
    {
        using var response = await PostTextAsync(await world.SharedRoomAsync(), body);

        await response.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        var room = await world.SharedRoomAsync();
        using var body = new ByteArrayContent([.. "{\"content\":\""u8, 0xC3, 0x28, 0xFF, .. "\",\"nonce\":\"n\"}"u8]);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var response = await room.Http.PostAsync(room.Messages, body, Ending);

        await response.ExpectFieldErrorAsync("content", "invalid_text");
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_too_large()
    {
        var room = await world.SharedRoomAsync();
        // Asks before it sends the body: a service that has answered closes the connection, and what is on the way then breaks it before the answer is read.
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) };
        using var client = new HttpClient(handler) { BaseAddress = world.A.Address, DefaultRequestHeaders = { ExpectContinue = true, Authorization = room.Http.DefaultRequestHeaders.Authorization } };

        using var response = await PostTextAsync(new ChannelClient(client, room.Channel), $$"""{"content":"{{new string('x', 1_100_000)}}","nonce":"n"}""");

        await response.ExpectProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task A_body_of_another_media_type_is_refused()
    {
        var room = await world.SharedRoomAsync();
        using var body = new StringContent("content=a&nonce=n", Encoding.UTF8, "application/x-www-form-urlencoded");

        using var response = await room.Http.PostAsync(room.Messages, body, Ending);

        await response.ExpectProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Fact]
    public async Task Nobody_sends_without_a_token()
    {
        var room = await world.SharedRoomAsync();
        var stranger = new ChannelClient(world.A.CreateClient(), room.Channel);

        using var response = await stranger.PostAsync(new { content = "a", nonce = "n" });

        await response.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_channel_one_cannot_see_looks_like_one_that_does_not_exist()
    {
        var room = await world.OpenRoomAsync();
        var outsider = await world.PersonAsync("outsider");
        var closed = new ChannelClient(world.A.CreateClient(outsider.Token), room.Channel);
        var absent = new ChannelClient(closed.Http, Guid.CreateVersion7());

        foreach (var client in new[] { closed, absent })
        {
            using var sent = await client.PostAsync(new { content = "a", nonce = "n" });
            using var history = await client.Http.GetAsync(client.Messages, Ending);
            using var changes = await client.Http.GetAsync($"{client.Changes}?after=0", Ending);
            await sent.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
            await history.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
            await changes.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        }

        Assert.Empty((await room.HistoryAsync()).Items);
    }

    [Fact]
    public async Task A_member_who_may_only_read_cannot_send()
    {
        var room = await world.OpenRoomAsync();
        var reader = await world.JoinAsync(room);
        await world.SilenceMembersAsync(room);

        using var response = await reader.PostAsync(new { content = "a", nonce = "n" });

        await response.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        Assert.Empty((await reader.HistoryAsync()).Items);
    }

    private static async Task<HttpResponseMessage> PostTextAsync(ChannelClient room, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await room.Http.PostAsync(room.Messages, content, Ending);
    }
}
