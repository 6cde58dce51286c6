using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>What people have begun to write, kept for their other devices.</summary>
public sealed class DraftTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_draft_of_a_channel_is_kept_and_shown_to_its_owner_alone()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var answered = Guid.CreateVersion7();
        var first = await DraftAsync(room, "first");
        var last = await DraftAsync(new ChannelClient(world.B.CreateClient(room.Owner.Token), room.Channel), "last", answered);

        var kept = Assert.Single((await ListAsync(room.Http)).Items);
        Assert.Equal(last, kept);
        Assert.Equal(("last", answered, room.Channel), (kept.Content, kept.ReplyTo, kept.Channel));
        Assert.True(last.UpdatedAt >= first.UpdatedAt);
        Assert.Empty((await ListAsync(guest.Http)).Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    public async Task An_empty_draft_is_removed(string empty)
    {
        var room = await world.OpenRoomAsync();
        await DraftAsync(room, "begun");
        using var cleared = await PutAsync(room, new { content = empty });
        await cleared.ExpectAsync(HttpStatusCode.NoContent);
        Assert.Empty((await ListAsync(room.Http)).Items);
    }

    [Fact]
    public async Task Removing_is_answered_the_same_whether_there_is_one_or_not()
    {
        var room = await world.OpenRoomAsync();
        await DraftAsync(room, "begun");
        for (var i = 0; i < 2; i++)
        {
            using var removed = await room.Http.DeleteAsync($"/api/v1/channels/{room.Channel}/draft", Ending);
            await removed.ExpectAsync(HttpStatusCode.NoContent);
        }

        Assert.Empty((await ListAsync(room.Http)).Items);
    }

    [Theory]
    [InlineData("""{}""", "content", "required")]
    [InlineData("""{"content":[]}""", "content", "invalid_type")]
    [InlineData("""{"content":"\ud800"}""", "content", "invalid_text")]
    [InlineData("""{"content":"\u0007"}""", "content", "control_character")]
    [InlineData("""{"content":"x","replyTo":"y"}""", "replyTo", "invalid_id")]
    public async Task Bad_input_is_named_by_its_field(string body, string field, string code)
    {
        var room = await world.SharedRoomAsync();
        using var answer = await room.Http.PutAsync($"/api/v1/channels/{room.Channel}/draft", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Ending);
        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task It_is_as_long_as_a_message_may_be()
    {
        var room = await world.OpenRoomAsync();
        using var tooLong = await PutAsync(room, new { content = new string('x', 4001) });
        await tooLong.ExpectFieldErrorAsync("content", "too_long");
        await DraftAsync(room, new string('x', 4000));
    }

    [Fact]
    public async Task G4_a_channel_that_is_not_seen_takes_none_and_its_draft_is_not_listed_any_more()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        var client = new ChannelClient(world.A.CreateClient(guest.Token), room.Channel);
        await DraftAsync(client, "begun");
        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, guest));

        Assert.Empty((await ListAsync(client.Http)).Items);
        using var refused = await PutAsync(client, new { content = "more" });
        await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    [Fact]
    public async Task The_list_has_the_last_written_first_by_pages()
    {
        var room = await world.OpenRoomAsync();
        var places = new List<ChannelClient> { room, await room.ThreadAsync(), await room.ThreadAsync() };
        foreach (var (i, place) in places.Index())
            await DraftAsync(place, $"{i}");
        await DraftAsync(places[0], "0 again");

        var first = await ListAsync(room.Http, "?limit=2");
        var second = await ListAsync(room.Http, $"?limit=2&cursor={first.Next}");

        Assert.Equal(3, first.Items.Concat(second.Items).Select(draft => draft.Channel).Distinct().Count());
        Assert.Equal("0 again", first.Items.Concat(second.Items).MaxBy(draft => draft.UpdatedAt)?.Content);
        Assert.Equal(first.Items.Concat(second.Items).OrderByDescending(draft => draft.UpdatedAt).Select(draft => draft.UpdatedAt), first.Items.Concat(second.Items).Select(draft => draft.UpdatedAt));
        Assert.Null(second.Next);
        using var bad = await room.Http.GetAsync("/api/v1/drafts?cursor=1_2&limit=x", Ending);
        await bad.ExpectFieldErrorAsync("cursor", "invalid");
    }

    [Fact]
    public async Task Nobody_has_more_than_200_however_many_come_at_once_and_those_not_seen_make_room()
    {
        var room = await world.OpenRoomAsync();
        var threads = new List<ChannelClient>();
        for (var i = 0; i < 4; i++)
            threads.Add(await room.ThreadAsync());
        await room.SendAsync("a row");
        // 198 in channels that are seen, for they are threads of this one.
        await Sql.RunAsync(
            world.Database,
            """
            with made as (insert into channels (id, kind, parent, server_id) select gen_random_uuid(), 3, $2, $3 from generate_series(1, 198) returning id)
            insert into drafts (user_id, channel, content, updated_at) select $1, id, 'x', now() from made
            """,
            room.Owner.Id,
            room.Channel,
            room.Server);

        var answers = await Task.WhenAll(threads.Select(thread => PutAsync(thread, new { content = "one more" })));
        Assert.Equal(2, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
            await refused.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_drafts");
        // One of a channel that has one already is not one more.
        await DraftAsync(threads[Array.FindIndex(answers, answer => answer.StatusCode == HttpStatusCode.OK)], "changed");

        await Sql.RunAsync(world.Database, "update drafts set channel = gen_random_uuid() where user_id = $1 and content = 'x'", room.Owner.Id);
        await DraftAsync(threads[Array.FindIndex(answers, answer => answer.StatusCode != HttpStatusCode.OK)], "fits now");
        Assert.Equal(3, await Sql.ScalarAsync<long>(world.Database, "select count(*) from drafts where user_id = $1", room.Owner.Id));
    }

    [Fact]
    public async Task An_erased_account_leaves_neither_drafts_nor_messages_for_later_nor_threads_it_follows()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        var client = new ChannelClient(world.A.CreateClient(guest.Token), room.Channel);
        await client.ThreadAsync();
        await DraftAsync(client, "begun");
        using var later = await client.Http.PostAsJsonAsync($"/api/v1/channels/{room.Channel}/scheduled", new { content = "later", sendAt = DateTimeOffset.UtcNow.AddDays(1) }, Ending);
        await later.ExpectAsync(HttpStatusCode.Created);
        using (var peer = world.B.CreateClient(world.B.ServiceToken("messaging")))
        {
            var export = await peer.GetFromJsonAsync<JsonElement>($"/internal/users/{guest.Id}/export", Ending);
            Assert.Equal("begun", Assert.Single(export.GetProperty("drafts").EnumerateArray()).GetProperty("content").GetString());
            Assert.Equal("later", Assert.Single(export.GetProperty("scheduled").EnumerateArray()).GetProperty("content").GetString());
        }

        await world.A.Services.GetRequiredService<IBus>().Publish(new UserDeleted { User = guest.Id, At = DateTimeOffset.UtcNow }, Ending);
        await Eventually.HoldsAsync("nothing is left", TimeSpan.FromSeconds(30), async () => 0 == await Sql.ScalarAsync<long>(
            world.Database,
            """
            select (select count(*) from drafts where user_id = $1) + (select count(*) from scheduled_messages where author = $1)
                + (select count(*) from thread_members where user_id = $1)
            """,
            guest.Id));
    }

    private static Task<HttpResponseMessage> PutAsync(ChannelClient client, object body) => client.Http.PutAsJsonAsync($"/api/v1/channels/{client.Channel}/draft", body, Ending);

    private static async Task<DraftView> DraftAsync(ChannelClient client, string content, Guid? replyTo = null)
    {
        using var answer = await PutAsync(client, new { content, replyTo });
        await answer.ExpectAsync(HttpStatusCode.OK);
        return await answer.ReadAsync<DraftView>();
    }

    private static async Task<DraftList> ListAsync(HttpClient http, string query = "")
    {
        using var answer = await http.GetAsync($"/api/v1/drafts{query}", Ending);
        await answer.ExpectAsync(HttpStatusCode.OK);
        return await answer.ReadAsync<DraftList>();
    }

    private sealed record DraftView(Guid Channel, string Content, DateTimeOffset UpdatedAt, Guid? ReplyTo = null);

    private sealed record DraftList(DraftView[] Items, string? Next = null);
}
