using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class PollTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "5", "poll", "invalid_type" },
        { "{}", "poll.question", "required" },
        { "{}", "poll.answers", "required" },
        { """{"question":7,"answers":[]}""", "poll.question", "invalid_type" },
        { """{"question":"  ","answers":[]}""", "poll.question", "required" },
        { """{"question":"a\nb","answers":[]}""", "poll.question", "control_character" },
        { """{"question":"q","answers":{}}""", "poll.answers", "invalid_type" },
        { """{"question":"q","answers":[{"text":"a"}]}""", "poll.answers", "out_of_range" },
        { """{"question":"q","answers":[1,2,3,4,5,6,7,8,9,10,11]}""", "poll.answers", "out_of_range" },
        { """{"question":"q","answers":[{"text":"a"},"b"]}""", "poll.answers[1]", "invalid_type" },
        { """{"question":"q","answers":[{"text":"a"},{"text":5}]}""", "poll.answers[1]", "invalid_type" },
        { """{"question":"q","answers":[{"text":"a"},{}]}""", "poll.answers[1]", "required" },
        { """{"question":"q","answers":[{"text":"a"},{"text":"b"},{"text":"c"},{"text":" a "}]}""", "poll.answers[3]", "duplicate" },
        { """{"question":"q","answers":[{"text":"a\ud800"},{"text":"b"}]}""", "poll.answers[0]", "invalid_text" },
        { """{"question":"q","answers":[{"text":"a"},{"text":"b"}],"multiple":1}""", "poll.multiple", "invalid_type" },
        { """{"question":"q","answers":[{"text":"a"},{"text":"b"}],"duration":59}""", "poll.duration", "out_of_range" },
        { """{"question":"q","answers":[{"text":"a"},{"text":"b"}],"duration":2764801}""", "poll.duration", "out_of_range" },
        { """{"question":"q","answers":[{"text":"a"},{"text":"b"}],"duration":1e300}""", "poll.duration", "out_of_range" },
        { """{"question":"q","answers":[{"text":"a"},{"text":"b"}],"duration":"60"}""", "poll.duration", "out_of_range" },
    };

    [Fact]
    public async Task A_poll_is_sent_with_or_without_text_and_runs_from_its_message_on()
    {
        var room = await world.OpenRoomAsync();

        var sent = await SendAsync(room, """{"question":" Which? ","answers":[{"text":"a"},{"text":"Zoe\u0301"}],"multiple":true,"duration":3600}""");
        var plain = await SendAsync(room, """{"question":"Which?","answers":[{"text":"a"},{"text":"b"}],"multiple":null}""");

        var poll = sent.GetProperty("poll");
        Assert.Equal(("", "Which?", "Zoé", true, 0), (
            sent.GetProperty("content").GetString(), poll.GetProperty("question").GetString(), poll.GetProperty("answers")[1].GetProperty("text").GetString(),
            poll.GetProperty("multiple").GetBoolean(), poll.GetProperty("voters").GetInt32()));
        Assert.Equal(TimeSpan.FromHours(1), poll.GetProperty("closesAt").GetDateTimeOffset() - sent.GetProperty("createdAt").GetDateTimeOffset());
        Assert.Equal(TimeSpan.FromDays(1), plain.GetProperty("poll").GetProperty("closesAt").GetDateTimeOffset() - plain.GetProperty("createdAt").GetDateTimeOffset());
        Assert.False(plain.GetProperty("poll").TryGetProperty("multiple", out _));
        Assert.Equal([sent.GetRawText(), plain.GetRawText()], (await room.Http.JsonAsync(room.Messages)).GetProperty("items").EnumerateArray().Select(item => item.GetRawText()));
        using var again = await PostAsync(room, """{"question":"Which?","answers":[{"text":"a"},{"text":"b"}]}""", plain.GetProperty("nonce").GetString());
        Assert.Equal(plain.GetRawText(), (await again.ReadAsync<JsonElement>()).GetRawText());
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_reported_for_its_field(string poll, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var answer = await PostAsync(room, poll);

        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Lengths_are_limited()
    {
        var room = await world.SharedRoomAsync();
        object Poll(int question, int answer) => new { content = "", nonce = "n", poll = new { question = new string('q', question), answers = new[] { new { text = "a" }, new { text = new string('b', answer) } } } };

        using var question = await room.PostAsync(Poll(301, 1));
        using var answer = await room.PostAsync(Poll(1, 101));
        using var longest = await (await world.OpenRoomAsync()).PostAsync(Poll(300, 100));
        using var nothing = await room.PostAsync(new { nonce = "n", poll = (object?)null });

        await question.ExpectFieldErrorAsync("poll.question", "too_long");
        await answer.ExpectFieldErrorAsync("poll.answers[1]", "too_long");
        await longest.ExpectAsync(HttpStatusCode.Created);
        await nothing.ExpectFieldErrorAsync("content", "required");
    }

    [Fact]
    public async Task A_vote_replaces_the_one_before_and_an_empty_one_takes_it_back()
    {
        var (room, guest, message) = await AskedAsync();

        Assert.Equal("1* 0 0 of 1", (await guest.VoteAsync(message, 0).OkAsync()).VotesOf());
        Assert.Equal("1 1* 0 of 2", (await room.VoteAsync(message, 1).OkAsync()).VotesOf());
        Assert.Equal("0 1 1* of 2", (await guest.VoteAsync(message, 2).OkAsync()).VotesOf());
        Assert.Equal("0 1 1* of 2", (await guest.VoteAsync(message, 2).OkAsync()).VotesOf());
        Assert.Equal("0 1* 1 of 2", (await room.FindAsync(message)).VotesOf());
        Assert.Equal("0 1 0 of 1", (await guest.VoteAsync(message).OkAsync()).VotesOf());
        Assert.Equal("0 1 0 of 1", (await guest.VoteAsync(message).OkAsync()).VotesOf());

        Assert.Equal(5, await room.RevAsync());
    }

    [Fact]
    public async Task Several_answers_can_be_chosen_where_the_poll_says_so_and_voters_are_counted_once()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var (several, one) = (await room.AskAsync(multiple: true), await room.AskAsync());

        Assert.Equal("1* 0 1* of 1", (await guest.VoteAsync(several, 0, 2, 2).OkAsync()).VotesOf());
        Assert.Equal("2* 1* 1 of 2", (await room.VoteAsync(several, 0, 1).OkAsync()).VotesOf());
        Assert.Equal("1 1 1* of 2", (await guest.VoteAsync(several, 2).OkAsync()).VotesOf());
        await guest.VoteAsync(one, 0, 1).ExpectFieldErrorAsync("answers", "too_many");
    }

    [Fact]
    public async Task Who_chose_an_answer_is_listed_in_the_order_of_their_choices()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var message = await room.AskAsync(multiple: true);
        await guest.VoteAsync(message, 0).OkAsync();
        await room.VoteAsync(message, 0, 1).OkAsync();
        await guest.VoteAsync(message, 0, 1).OkAsync();
        string Votes(int answer) => $"{room.Messages}/{message}/poll/votes/{answer}";

        var first = await room.Http.JsonAsync(Votes(0) + "?limit=1");
        var rest = await room.Http.JsonAsync(Votes(0) + $"?limit=1&cursor={first.GetProperty("next").GetString()}");
        var other = (await room.Http.JsonAsync(Votes(1))).GetProperty("items");

        Assert.Equal(room.Owner.Id, rest.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.NotEqual(room.Owner.Id, first.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Equal((2, room.Owner.Id), (other.GetArrayLength(), other[0].GetProperty("id").GetGuid()));
        Assert.Equal(0, (await room.Http.JsonAsync(Votes(2))).GetProperty("items").GetArrayLength());
        await room.Http.GetAsync(Votes(3), Ending).ExpectFieldErrorAsync("answer", "out_of_range");
        await room.Http.GetAsync($"{room.Messages}/{message}/poll/votes/first", Ending).ExpectFieldErrorAsync("answer", "out_of_range");
    }

    [Theory]
    [InlineData("{}", "answers", "required")]
    [InlineData("""{"answers":null}""", "answers", "required")]
    [InlineData("""{"answers":1}""", "answers", "invalid_type")]
    [InlineData("""{"answers":["0"]}""", "answers[0]", "out_of_range")]
    [InlineData("""{"answers":[0.5]}""", "answers[0]", "out_of_range")]
    [InlineData("""{"answers":[-1]}""", "answers[0]", "out_of_range")]
    [InlineData("""{"answers":[3]}""", "answers[0]", "out_of_range")]
    [InlineData("""{"answers":[99999999999999999999]}""", "answers[0]", "out_of_range")]
    [InlineData("""{"answers":[0,0,0,0]}""", "answers", "too_many")]
    public async Task A_vote_for_what_is_no_answer_is_refused(string body, string field, string code)
    {
        var (_, guest, message) = await AskedAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        await guest.Http.PutAsync($"{guest.Messages}/{message}/poll/votes", content, Ending).ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Where_there_is_no_poll_nobody_votes()
    {
        var (room, guest, message) = await AskedAsync();
        var plain = (await room.SendAsync("plain")).Id;
        var stranger = (await world.OpenRoomAsync()).Http;
        await guest.VoteAsync(message, 0).OkAsync();
        await room.DeleteAsync(message).ExpectAsync(HttpStatusCode.NoContent);

        foreach (var (id, code) in new[] { (plain, "poll_not_found"), (message, "message_not_found"), (Guid.CreateVersion7(), "message_not_found") })
        {
            await guest.VoteAsync(id, 0).ExpectProblemAsync(HttpStatusCode.NotFound, code);
            await room.CloseAsync(id).ExpectProblemAsync(HttpStatusCode.NotFound, code);
            await guest.Http.GetAsync($"{guest.Messages}/{id}/poll/votes/0", Ending).ExpectProblemAsync(HttpStatusCode.NotFound, code);
            await stranger.PutAsJsonAsync($"{guest.Messages}/{id}/poll/votes", new { answers = new[] { 0 } }, Ending).ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        }

        Assert.False((await room.FindAsync(message)).TryGetProperty("poll", out _));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select (select count(*) from poll_votes where channel = $1) + (select count(*) from open_polls where channel = $1)", room.Channel));
    }

    [Fact]
    public async Task The_text_beside_a_poll_can_be_edited_and_taken_away_and_the_poll_stays()
    {
        var (room, guest, message) = await AskedAsync();
        var plain = (await room.SendAsync("plain")).Id;
        await guest.VoteAsync(message, 1).OkAsync();

        var edited = await room.EditAsync(message, "look at https://example.org").OkAsync();
        var bare = await room.EditAsync(message, " ").OkAsync();

        Assert.Equal(("look at https://example.org", "0 1 0 of 1"), (edited.GetProperty("content").GetString(), edited.VotesOf()));
        Assert.Equal(("", "0 1 0 of 1", false), (bare.GetProperty("content").GetString(), bare.VotesOf(), bare.TryGetProperty("links", out _)));
        await room.EditAsync(plain, " ").ExpectFieldErrorAsync("content", "required");
    }

    private static Task<HttpResponseMessage> PostAsync(ChannelClient client, string poll, string? nonce = null)
    {
        var content = new StringContent($$"""{"nonce":"{{nonce ?? Guid.NewGuid().ToString()}}","poll":{{poll}}}""", Encoding.UTF8, "application/json");
        return client.Http.PostAsync(client.Messages, content, Ending);
    }

    private static async Task<JsonElement> SendAsync(ChannelClient client, string poll)
    {
        using var sent = await PostAsync(client, poll);
        await sent.ExpectAsync(HttpStatusCode.Created);
        return await sent.ReadAsync<JsonElement>();
    }

    private async Task<(Room Room, ChannelClient Guest, Guid Message)> AskedAsync()
    {
        var room = await world.OpenRoomAsync();
        return (room, await world.JoinAsync(room), await room.AskAsync());
    }
}
