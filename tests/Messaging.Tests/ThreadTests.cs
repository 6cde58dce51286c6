using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Threads: opened under messages, listed, followed.</summary>
public sealed class ThreadTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thread_is_opened_under_a_message_and_its_channel_and_the_message_say_so()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(ThreadChanged));
        var message = await room.SendAsync("what about this?");

        using var answer = await guest.OpenThreadAsync(message.Id, new { name = "  This one ", archiveAfter = 3600 });
        await answer.ExpectAsync(HttpStatusCode.Created);
        var thread = await answer.ReadAsync<ThreadView>();

        Assert.Equal($"/api/v1/threads/{thread.Id}", answer.Headers.Location?.ToString());
        Assert.Equal(("This one", room.Channel, message.Id, 3600, 0L, true), (thread.Name, thread.Channel, thread.Message, thread.ArchiveAfter, thread.Messages, thread.Me));
        Assert.False((await answer.ReadAsync<JsonElement>()).TryGetProperty("archivedAt", out _));
        var changes = await room.Http.GetFromJsonAsync<JsonElement>($"{room.Changes}?after=1", Ending);
        var (changed, said) = (changes.GetProperty("items")[0].GetProperty("d"), changes.GetProperty("items")[1].GetProperty("d"));
        Assert.Equal(3, changes.GetProperty("rev").GetInt64());
        Assert.Equal(message.Id, changed.GetProperty("id").GetGuid());
        Assert.Equal((thread.Id, "This one"), (changed.GetProperty("thread").GetProperty("id").GetGuid(), changed.GetProperty("thread").GetProperty("name").GetString()));
        Assert.Equal("thread_started", said.GetProperty("kind").GetString());
        Assert.Equal((message.Id, thread.Id), (said.GetProperty("system").GetProperty("message").GetGuid(), said.GetProperty("system").GetProperty("thread").GetGuid()));
        JsonElement told = default;
        await Eventually.HoldsAsync("the event", TimeSpan.FromSeconds(20), async () =>
            (told = (await heard.TakeBodiesAsync(body => body.GetProperty("message").GetGuid() == message.Id)).FirstOrDefault()).ValueKind == JsonValueKind.Object);
        Assert.Equal((thread.Id, 2L), (told.GetProperty("thread").GetGuid(), told.GetProperty("rev").GetInt64()));
    }

    [Fact]
    public async Task A_thread_is_opened_in_a_channel_whose_row_is_from_before_servers_were_kept()
    {
        var room = await world.OpenRoomAsync();
        var message = await room.SendAsync("old");
        await Sql.RunAsync(world.Database, "update channels set server_id = null, access_rev = 0 where id = $1", room.Channel);
        await Sql.RunAsync(world.Database, "delete from server_fences where server_id = $1", room.Server);

        // By a replica that has not seen the channel yet.
        await using var replica = world.Start(world.Database);
        using var answer = await new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel).OpenThreadAsync(message.Id, new { name = "thread" });

        await answer.ExpectAsync(HttpStatusCode.Created);
        Assert.Equal(room.Server, await Sql.ScalarAsync<Guid>(world.Database, "select server_id from channels where id = $1", room.Channel));
    }

    [Fact]
    public async Task What_works_in_a_channel_works_in_a_thread_by_its_id()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var mine = await room.ThreadAsync();
        var theirs = new ChannelClient(guest.Http, mine.Channel);

        var first = await theirs.SendAsync("first");
        var reply = await mine.SendAsync("reply", replyTo: first.Id);
        using var edited = await guest.Http.PatchAsJsonAsync($"{theirs.Messages}/{first.Id}", new { content = "edited" }, Ending);
        await edited.ExpectAsync(HttpStatusCode.OK);
        using var deleted = await room.Http.DeleteAsync($"{mine.Messages}/{reply.Id}", Ending);
        await deleted.ExpectAsync(HttpStatusCode.NoContent);

        Assert.Equal(["edited", ""], (await mine.HistoryAsync()).Items.Select(message => message.Content));
        Assert.Equal(["message.changed", "message.deleted"], (await theirs.ChangesAsync(0)).Items.Select(change => change.T));
        Assert.Equal(1, (await room.FindThreadAsync(mine.Channel)).Messages);
    }

    [Fact]
    public async Task G2_a_message_has_one_thread_whoever_asks_and_however_many_at_once()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var message = await room.SendAsync("crowded");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? room : guest).OpenThreadAsync(message.Id, new { name = $"name {i}" })));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        var threads = await Task.WhenAll(answers.Select(answer => answer.ReadAsync<ThreadView>()));
        Assert.Single(threads.Select(thread => (thread.Id, thread.Name)).Distinct());
        Assert.Equal(3, (await room.ChangesAsync(0)).Rev);
        Assert.Equal(1, await Sql.ScalarAsync<long>(world.Database, "select count(*) from channels where parent = $1", room.Channel));
    }

    [Fact]
    public async Task G2_a_request_that_is_repeated_with_its_key_is_answered_the_same()
    {
        var room = await world.OpenRoomAsync();
        var message = await room.SendAsync("once");

        var answers = new List<(HttpStatusCode, string)>();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{room.Messages}/{message.Id}/thread") { Content = JsonContent.Create(new { name = "one" }), Headers = { { "Idempotency-Key", "k" + message.Id } } };
            using var answer = await room.Http.SendAsync(request, Ending);
            answers.Add((answer.StatusCode, await answer.Content.ReadAsStringAsync(Ending)));
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.Equal(HttpStatusCode.Created, answers[0].Item1);
    }

    [Fact]
    public async Task A_thread_is_refused_under_what_cannot_have_one()
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        var inside = await thread.SendAsync("inside");
        var gone = await room.SendAsync("gone");
        using var deleted = await room.Http.DeleteAsync($"{room.Messages}/{gone.Id}", Ending);
        var system = (await room.ChangesAsync(0)).Items.Select(change => change.D).Single(message => message.Content == "" && message.DeletedAt is null);
        using var stranger = world.A.CreateClient((await world.PersonAsync("stranger")).Token);

        using (var nested = await thread.OpenThreadAsync(inside.Id, new { name = "nested" }))
            await nested.ExpectProblemAsync(HttpStatusCode.Conflict, "nested_thread");
        using (var onDeleted = await room.OpenThreadAsync(gone.Id, new { name = "n" }))
            await onDeleted.ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        using (var onSystem = await room.OpenThreadAsync(system.Id, new { name = "n" }))
            await onSystem.ExpectProblemAsync(HttpStatusCode.Conflict, "system_message");
        using (var nowhere = await room.OpenThreadAsync(Guid.NewGuid(), new { name = "n" }))
            await nowhere.ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        using (var unseen = await new ChannelClient(stranger, room.Channel).OpenThreadAsync(inside.Id, new { name = "n" }))
            await unseen.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    [Fact]
    public async Task Who_may_not_send_opens_none()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var message = await room.SendAsync("mine");
        await world.SilenceMembersAsync(room);

        using var refused = await guest.OpenThreadAsync(message.Id, new { name = "n" });
        await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
    }

    [Theory]
    [InlineData("""{}""", "name", "required")]
    [InlineData("""{"name":null}""", "name", "required")]
    [InlineData("""{"name":"  "}""", "name", "required")]
    [InlineData("""{"name":7}""", "name", "invalid_type")]
    [InlineData("""{"name":"two\nlines"}""", "name", "control_character")]
    [InlineData("""{"name":"\ud800"}""", "name", "invalid_text")]
    [InlineData("""{"name":"x","archiveAfter":60}""", "archiveAfter", "not_allowed")]
    [InlineData("""{"name":"x","archiveAfter":"3600"}""", "archiveAfter", "not_allowed")]
    [InlineData("""{"name":"x","archiveAfter":1e99}""", "archiveAfter", "not_allowed")]
    public async Task Bad_input_is_named_by_its_field(string body, string field, string code)
    {
        var room = await world.LongRoomAsync();
        var message = (await room.HistoryAsync("?limit=1")).Items[0];
        using var answer = await room.Http.PostAsync($"{room.Messages}/{message.Id}/thread", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Ending);
        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task A_name_has_at_most_100_characters()
    {
        var room = await world.OpenRoomAsync();
        var message = await room.SendAsync("m");
        using var tooLong = await room.OpenThreadAsync(message.Id, new { name = new string('x', 101) });
        await tooLong.ExpectFieldErrorAsync("name", "too_long");
        using var fits = await room.OpenThreadAsync(message.Id, new { name = string.Concat(Enumerable.Repeat("😀", 100)) });
        await fits.ExpectAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task The_list_has_the_latest_activity_first_in_pages_of_the_asked_size()
    {
        var room = await world.OpenRoomAsync();
        var threads = new List<ChannelClient>();
        for (var i = 0; i < 5; i++)
            threads.Add(await room.ThreadAsync($"thread {i}"));
        await threads[1].SendAsync("later");
        await threads[1].SendAsync("later still");

        var first = await room.ThreadsAsync("?limit=2");
        var second = await room.ThreadsAsync($"?limit=2&cursor={first.Next}");
        var third = await room.ThreadsAsync($"?limit=2&cursor={second.Next}");

        Assert.Equal(
            new[] { 1, 4, 3, 2, 0 }.Select(i => threads[i].Channel), new[] { first, second, third }.SelectMany(page => page.Items).Select(thread => thread.Id));
        Assert.Equal((2L, true), (first.Items[0].Messages, first.Items[0].Me));
        Assert.Null(third.Next);
        Assert.Empty((await room.ThreadsAsync("?state=archived")).Items);
        Assert.Empty((await threads[0].ThreadsAsync()).Items);
    }

    [Theory]
    [InlineData("?state=old", "state", "not_allowed")]
    [InlineData("?limit=0", "limit", "out_of_range")]
    [InlineData("?limit=101", "limit", "out_of_range")]
    [InlineData("?cursor=x", "cursor", "invalid")]
    [InlineData("?cursor=________________________________", "cursor", "invalid")]
    [InlineData("?cursor=f_________8AAAAAAAAAAAAAAAAAAAAA", "cursor", "invalid")]
    public async Task Bad_queries_of_the_list_are_named_by_their_field(string query, string field, string code)
    {
        var room = await world.SharedRoomAsync();
        using var answer = await room.Http.GetAsync($"/api/v1/channels/{room.Channel}/threads{query}", Ending);
        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Who_opens_writes_or_is_mentioned_follows_and_anybody_may_begin_and_end_it()
    {
        var room = await world.OpenRoomAsync();
        var (writer, mentioned, reader, gone) = (await world.PersonAsync("writer"), await world.PersonAsync("mentioned"), await world.PersonAsync("reader"), await world.PersonAsync("gone"));
        foreach (var person in new[] { writer, mentioned, reader, gone })
            await world.JoinAsync(room, person);
        var thread = await room.ThreadAsync();
        await new ChannelClient(world.B.CreateClient(writer.Token), thread.Channel).SendAsync($"for <@{mentioned.Id}> and <@{gone.Id}>");
        using var http = world.B.CreateClient(reader.Token);

        Assert.False((await new ChannelClient(http, room.Channel).FindThreadAsync(thread.Channel)).Me);
        for (var i = 0; i < 2; i++)
        {
            using var followed = await http.PutAsync($"/api/v1/threads/{thread.Channel}/members/@me", null, Ending);
            await followed.ExpectAsync(HttpStatusCode.NoContent);
        }

        Assert.True((await new ChannelClient(http, room.Channel).FindThreadAsync(thread.Channel)).Me);
        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, gone));
        var members = await MembersAsync(http, thread.Channel);
        Assert.Equal(new[] { room.Owner.Id, writer.Id, mentioned.Id, reader.Id }.ToHashSet(), members.ToHashSet());
        using var left = await http.DeleteAsync($"/api/v1/threads/{thread.Channel}/members/@me", Ending);
        await left.ExpectAsync(HttpStatusCode.NoContent);
        Assert.DoesNotContain(reader.Id, await MembersAsync(http, thread.Channel));

        using var edited = await room.Http.PatchAsJsonAsync($"{thread.Messages}/{(await thread.SendAsync("nobody")).Id}", new { content = $"<@{reader.Id}>" }, Ending);
        await edited.ExpectAsync(HttpStatusCode.OK);
        Assert.Contains(reader.Id, await MembersAsync(http, thread.Channel));

        using var former = world.A.CreateClient(gone.Token);
        using var refused = await former.PutAsync($"/api/v1/threads/{thread.Channel}/members/@me", null, Ending);
        await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PATCH", "")]
    [InlineData("DELETE", "")]
    [InlineData("GET", "/members")]
    [InlineData("PUT", "/members/@me")]
    [InlineData("DELETE", "/members/@me")]
    public async Task A_channel_that_is_no_thread_or_that_is_not_seen_is_not_found(string method, string rest)
    {
        var room = await world.SharedRoomAsync();
        var own = await world.OpenRoomAsync();
        var hidden = await own.ThreadAsync();
        foreach (var id in new[] { room.Channel, Guid.NewGuid(), hidden.Channel })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/v1/threads/{id}{rest}") { Content = method == "PATCH" ? JsonContent.Create(new { name = "n" }) : null };
            using var answer = await room.Http.SendAsync(request, Ending);
            await answer.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        }
    }

    private static async Task<List<Guid>> MembersAsync(HttpClient http, Guid thread)
    {
        var members = new List<Guid>();
        for (string? cursor = null; ;)
        {
            var page = await http.GetFromJsonAsync<JsonElement>($"/api/v1/threads/{thread}/members?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}", Ending);
            members.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("user").GetGuid()));
            if (!page.TryGetProperty("next", out var next))
                return members;
            cursor = next.GetString();
        }
    }
}
