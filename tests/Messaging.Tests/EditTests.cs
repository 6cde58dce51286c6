using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class EditTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "{}", "content", "required" },
        { """{"content":7}""", "content", "invalid_type" },
        { """{"content":" "}""", "content", "required" },
        { """{"content":"a\u0007"}""", "content", "control_character" },
        { """{"content":"a","rev":0}""", "rev", "invalid_number" },
        { """{"content":"a","rev":"1"}""", "rev", "invalid_number" },
        { """{"content":"a","rev":1.5}""", "rev", "invalid_number" },
        { """{"content":"a","rev":99999999999999999999}""", "rev", "invalid_number" },
    };

    [Fact]
    public async Task An_edit_has_a_revision_of_its_own_and_leaves_the_place()
    {
        var room = await world.OpenRoomAsync();
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(MessageEdited));
        var (first, second) = (await room.SendAsync("first"), await room.SendAsync("second"));

        var edited = await EditedAsync(room, first.Id, new { content = " better " });

        Assert.Equal((first.Id, 1, 3, "better"), (edited.GetProperty("id").GetGuid(), edited.GetProperty("seq").GetInt64(), edited.GetProperty("rev").GetInt64(), edited.GetProperty("content").GetString()));
        Assert.True(edited.TryGetProperty("editedAt", out _));
        var history = await room.HistoryAsync();
        Assert.Equal([first.Id, second.Id], history.Items.Select(message => message.Id));
        var changes = await room.ChangesAsync(1);
        Assert.Equal([("message.sent", 2L), ("message.changed", 3L)], changes.Items.Select(change => (change.T, change.Rev)));
        var events = new List<JsonElement>();
        await Eventually.HoldsAsync("the edit is heard", TimeSpan.FromSeconds(30), async () =>
        {
            events.AddRange(await heard.TakeBodiesAsync(body => body.GetProperty("message").GetGuid() == first.Id));
            return events.Count > 0;
        });
        Assert.True(JsonElement.DeepEquals(edited, Assert.Single(events).GetProperty("body")));
    }

    [Fact]
    public async Task An_edit_to_the_same_text_changes_nothing()
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("same");

        var edited = await EditedAsync(room, sent.Id, new { content = "same " });

        Assert.Equal(1, edited.GetProperty("rev").GetInt64());
        Assert.False(edited.TryGetProperty("editedAt", out _));
        Assert.Equal(1, (await room.ChangesAsync(0)).Rev);
    }

    [Fact]
    public async Task An_edit_that_rests_on_an_older_revision_is_answered_409_with_the_present_state()
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("one");
        var now = await EditedAsync(room, sent.Id, new { content = "two", rev = sent.Rev });

        using var stale = await EditAsync(room, sent.Id, new { content = "three", rev = sent.Rev });

        var problem = await stale.ExpectProblemAsync(HttpStatusCode.Conflict, "stale_revision");
        Assert.Equal(now.GetRawText(), problem.GetProperty("current").GetRawText());
        Assert.Equal("three", (await EditedAsync(room, sent.Id, new { content = "three", rev = now.GetProperty("rev").GetInt64() })).GetProperty("content").GetString());
    }

    [Fact]
    public async Task Of_parallel_edits_that_rest_on_one_revision_one_is_made()
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("start");
        var other = new ChannelClient(world.B.CreateClient(room.Owner.Token), room.Channel);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => EditAsync(i % 2 == 0 ? room : other, sent.Id, new { content = $"edit {i}", rev = sent.Rev })));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(2, (await room.ChangesAsync(0)).Rev);
    }

    [Fact]
    public async Task Only_the_author_edits_and_a_message_that_is_not_there_is_not_found()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var (own, gone) = (await guest.SendAsync("mine"), await guest.SendAsync("gone"));
        var elsewhere = await (await world.OpenRoomAsync()).SendAsync("elsewhere");
        using var deleted = await guest.Http.DeleteAsync($"{guest.Messages}/{gone.Id}", Ending);
        await deleted.ExpectAsync(HttpStatusCode.NoContent);

        using var byOwner = await EditAsync(room, own.Id, new { content = "not mine" });
        using var ofDeleted = await EditAsync(guest, gone.Id, new { content = "back" });
        using var ofElsewhere = await EditAsync(room, elsewhere.Id, new { content = "x" });
        using var stranger = world.A.CreateClient((await world.PersonAsync("stranger")).Token);
        using var byStranger = await stranger.PatchAsJsonAsync($"{room.Messages}/{own.Id}", new { content = "x" }, Ending);

        await byOwner.ExpectProblemAsync(HttpStatusCode.Forbidden, "not_author");
        await ofDeleted.ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        await ofElsewhere.ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        await byStranger.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    [Fact]
    public async Task Who_may_not_send_any_more_may_not_edit()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var sent = await guest.SendAsync("before");
        await world.SilenceMembersAsync(room);

        using var edit = await EditAsync(guest, sent.Id, new { content = "after" });

        await edit.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_reported_for_its_field(string body, string field, string code)
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("x");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await room.Http.PatchAsync($"{room.Messages}/{sent.Id}", content, Ending);

        await response.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task What_a_message_said_before_is_for_its_author_and_moderators()
    {
        var room = await world.OpenRoomAsync();
        var (author, bystander) = (await world.JoinAsync(room), await world.JoinAsync(room));
        var sent = await author.SendAsync("one");
        await EditedAsync(author, sent.Id, new { content = "two" });
        await EditedAsync(author, sent.Id, new { content = "three" });

        foreach (var reader in (ChannelClient[])[author, room])
        {
            using var edits = await reader.Http.GetAsync($"{reader.Messages}/{sent.Id}/edits", Ending);
            await edits.ExpectAsync(HttpStatusCode.OK);
            Assert.Equal([("one", 2L), ("two", 3L)], (await edits.ReadAsync<JsonElement>()).GetProperty("items").EnumerateArray()
                .Select(edit => (edit.GetProperty("content").GetString(), edit.GetProperty("rev").GetInt64())));
        }

        using var refused = await bystander.Http.GetAsync($"{bystander.Messages}/{sent.Id}/edits", Ending);
        await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
    }

    [Fact]
    public async Task Of_very_many_edits_the_oldest_are_forgotten()
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("0");
        for (var i = 1; i <= 103; i++)
            await EditedAsync(room, sent.Id, new { content = $"{i}" });

        using var edits = await room.Http.GetAsync($"{room.Messages}/{sent.Id}/edits", Ending);

        Assert.Equal(Enumerable.Range(3, 100).Select(i => $"{i}"), (await edits.ReadAsync<JsonElement>()).GetProperty("items").EnumerateArray().Select(edit => edit.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Links_and_the_preview_of_a_reply_follow_the_edit()
    {
        var room = await world.OpenRoomAsync();
        var question = await room.SendAsync("question");
        var answer = await room.SendAsync("see https://example.org/a", replyTo: question.Id);

        await EditedAsync(room, question.Id, new { content = new string('q', 150) });
        var edited = await EditedAsync(room, answer.Id, new { content = "see https://example.org/b" });

        Assert.Equal("https://example.org/b", Assert.Single(edited.GetProperty("links").EnumerateArray()).GetString());
        var reply = edited.GetProperty("reply");
        Assert.Equal((question.Id, 1, new string('q', 100)), (reply.GetProperty("id").GetGuid(), reply.GetProperty("seq").GetInt64(), reply.GetProperty("content").GetString()));
    }

    private static Task<HttpResponseMessage> EditAsync(ChannelClient client, Guid message, object body) =>
        client.Http.PatchAsJsonAsync($"{client.Messages}/{message}", body, Ending);

    private static async Task<JsonElement> EditedAsync(ChannelClient client, Guid message, object body)
    {
        using var response = await EditAsync(client, message, body);
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<JsonElement>();
    }
}
