using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class DeletionTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "{}", "messages", "required" },
        { """{"messages":"all"}""", "messages", "invalid_type" },
        { """{"messages":[]}""", "messages", "out_of_range" },
        { """{"messages":["x"]}""", "messages[0]", "invalid_id" },
        { """{"messages":[null]}""", "messages[0]", "invalid_id" },
        { """{"messages":["\ud800"]}""", "messages[0]", "invalid_id" },
        { """{"messages":["01890000-0000-7000-8000-000000000000"]}""", "messages[0]", "message_not_found" },
    };

    [Fact]
    public async Task The_place_stays_and_everything_else_goes()
    {
        var room = await world.OpenRoomAsync();
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(MessageDeleted));
        var sent = await room.SendAsync("secret https://example.org @everyone");
        var reply = await room.SendAsync("what?", replyTo: sent.Id);
        using var edit = await room.Http.PatchAsJsonAsync($"{room.Messages}/{sent.Id}", new { content = "more secret @everyone" }, Ending);
        await edit.ExpectAsync(HttpStatusCode.OK);

        await DeleteAsync(room, sent.Id);

        using var one = await room.Http.GetAsync($"{room.Messages}/{sent.Id}", Ending);
        var left = await one.ReadAsync<JsonElement>();
        Assert.Equal(("", 1L, 4L), (left.GetProperty("content").GetString(), left.GetProperty("seq").GetInt64(), left.GetProperty("rev").GetInt64()));
        Assert.True(left.TryGetProperty("deletedAt", out _));
        Assert.Equal(["id", "channel", "seq", "rev", "author", "content", "nonce", "createdAt", "deletedAt", "kind", "editedAt"], left.EnumerateObject().Select(member => member.Name));
        using var replied = await room.Http.GetAsync($"{room.Messages}/{reply.Id}", Ending);
        var preview = (await replied.ReadAsync<JsonElement>()).GetProperty("reply");
        Assert.Equal("", preview.GetProperty("content").GetString());
        Assert.True(preview.TryGetProperty("deletedAt", out _));
        var changes = await room.ChangesAsync(0);
        Assert.Equal([("message.sent", 2L), ("message.deleted", 4L)], changes.Items.Select(change => (change.T, change.Rev)));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select (select count(*) from mentions where channel = $1) + (select count(*) from message_edits where channel = $1)", room.Channel));
        var events = new List<JsonElement>();
        await Eventually.HoldsAsync("the deletion is heard", TimeSpan.FromSeconds(30), async () =>
        {
            events.AddRange(await heard.TakeBodiesAsync(body => body.GetProperty("message").GetGuid() == sent.Id));
            return events.Count > 0;
        });
        Assert.Equal(room.Owner.Id, events[0].GetProperty("by").GetGuid());
        Assert.True(JsonElement.DeepEquals(left, events[0].GetProperty("body")));
        using var edits = await room.Http.GetAsync($"{room.Messages}/{sent.Id}/edits", Ending);
        await edits.ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
    }

    [Fact]
    public async Task Deleting_again_is_answered_the_same_and_changes_nothing()
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("once");
        var other = new ChannelClient(world.B.CreateClient(room.Owner.Token), room.Channel);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => DeleteAsync(i % 2 == 0 ? room : other, sent.Id)));

        Assert.Equal(2, (await room.ChangesAsync(0)).Rev);
    }

    [Fact]
    public async Task Others_delete_only_with_the_permission()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var (owners, guests) = (await room.SendAsync("owner's"), await guest.SendAsync("guest's"));

        using var refused = await guest.Http.DeleteAsync($"{guest.Messages}/{owners.Id}", Ending);
        using var unknown = await guest.Http.DeleteAsync($"{guest.Messages}/{Guid.CreateVersion7()}", Ending);
        using var bulk = await BulkAsync(guest, [guests.Id]);
        using var stranger = world.A.CreateClient((await world.PersonAsync("stranger")).Token);
        using var hidden = await stranger.DeleteAsync($"{room.Messages}/{guests.Id}", Ending);

        await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await unknown.ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        await bulk.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await hidden.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await DeleteAsync(room, guests.Id);
        Assert.NotNull((await room.HistoryAsync()).Items[^1].DeletedAt);
        Assert.Null((await room.HistoryAsync()).Items[0].DeletedAt);
    }

    [Fact]
    public async Task A_hundred_go_at_once_each_at_a_revision_of_its_own()
    {
        var room = await world.OpenRoomAsync();
        var sent = await Task.WhenAll(Enumerable.Range(0, 101).Select(i => room.SendAsync($"{i}")));
        var ids = sent.Select(message => message.Id).ToArray();
        await DeleteAsync(room, ids[7]);

        using var tooMany = await BulkAsync(room, ids);
        using var deleted = await BulkAsync(room, [.. ids[..99], ids[0]]);
        using var again = await BulkAsync(room, ids[..99]);

        await tooMany.ExpectFieldErrorAsync("messages", "out_of_range");
        await deleted.ExpectAsync(HttpStatusCode.NoContent);
        await again.ExpectAsync(HttpStatusCode.NoContent);
        var changes = await room.ChangesAsync(101, limit: 200);
        Assert.Equal(Enumerable.Range(102, 99).Select(rev => (long)rev), changes.Items.Select(change => change.Rev));
        Assert.Equal(99, await Sql.ScalarAsync<long>(world.Database, "select count(*) from messages where channel = $1 and deleted_at is not null and content = ''", room.Channel));
    }

    [Fact]
    public async Task Of_a_list_with_an_unknown_id_none_is_deleted()
    {
        var room = await world.OpenRoomAsync();
        var sent = await room.SendAsync("stays");

        using var response = await BulkAsync(room, [sent.Id, Guid.CreateVersion7()]);

        await response.ExpectFieldErrorAsync("messages[1]", "message_not_found");
        Assert.Null(Assert.Single((await room.HistoryAsync()).Items).DeletedAt);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_reported_for_its_field(string body, string field, string code)
    {
        var room = await world.OpenRoomAsync();
        await room.SendAsync("x");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await room.Http.PostAsync($"{room.Messages}/bulk-delete", content, Ending);

        await response.ExpectFieldErrorAsync(field, code);
    }

    private static async Task DeleteAsync(ChannelClient client, Guid message)
    {
        using var response = await client.Http.DeleteAsync($"{client.Messages}/{message}", Ending);
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }

    private static Task<HttpResponseMessage> BulkAsync(ChannelClient client, Guid[] messages) =>
        client.Http.PostAsJsonAsync($"{client.Messages}/bulk-delete", new { messages }, Ending);
}
