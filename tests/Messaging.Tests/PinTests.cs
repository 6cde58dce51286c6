using System.Net;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class PinTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pinned_message_says_so_and_the_channel_is_told()
    {
        var room = await world.OpenRoomAsync();
        var message = (await room.SendAsync("keep")).Id;
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(MessagePinned));

        await room.PinAsync(message).ExpectAsync(HttpStatusCode.NoContent);
        await room.PinAsync(message).ExpectAsync(HttpStatusCode.NoContent);

        var items = (await room.Http.JsonAsync(room.Messages)).GetProperty("items");
        Assert.Equal((2, 3), (items.GetArrayLength(), await room.RevAsync()));
        Assert.Equal(room.Owner.Id, items[0].GetProperty("pinnedBy").GetGuid());
        Assert.True(items[0].TryGetProperty("pinnedAt", out _));
        Assert.Equal(("message_pinned", message, room.Owner.Id), (
            items[1].GetProperty("kind").GetString(), items[1].GetProperty("system").GetProperty("message").GetGuid(), items[1].GetProperty("author").GetProperty("id").GetGuid()));

        await room.UnpinAsync(message).ExpectAsync(HttpStatusCode.NoContent);
        await room.UnpinAsync(message).ExpectAsync(HttpStatusCode.NoContent);
        Assert.Equal(4, await room.RevAsync());
        Assert.False((await room.FindAsync(message)).TryGetProperty("pinnedAt", out _));
        var events = new List<JsonElement>();
        await Eventually.HoldsAsync("two events", Patience, async () =>
        {
            events.AddRange(await heard.TakeBodiesAsync(body => body.GetProperty("message").GetGuid() == message));
            return events.Count >= 2;
        });
        Assert.Equal([(true, 2L), (false, 4L)], events.Select(body => (body.GetProperty("pinned").GetBoolean(), body.GetProperty("rev").GetInt64())));
    }

    [Fact]
    public async Task Pins_are_listed_newest_first_in_pages()
    {
        var room = await world.OpenRoomAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
            ids.Add((await room.SendAsync($"{i}")).Id);
        // Not in the order in which they were sent.
        foreach (var id in new[] { ids[1], ids[0], ids[2] })
            await room.PinAsync(id).ExpectAsync(HttpStatusCode.NoContent);

        var all = await room.Http.JsonAsync(room.Pins());
        var first = await room.Http.JsonAsync(room.Pins() + "?limit=2");
        var rest = await room.Http.JsonAsync(room.Pins() + $"?limit=2&cursor={first.GetProperty("next").GetString()}");

        Assert.Equal([ids[2], ids[0], ids[1]], IdsOf(all));
        Assert.Equal(IdsOf(all), IdsOf(first).Concat(IdsOf(rest)));
        Assert.False(all.TryGetProperty("next", out _));
        Assert.False(rest.TryGetProperty("next", out _));
        Assert.Equal((await room.FindAsync(ids[2])).GetRawText(), all.GetProperty("items")[0].GetRawText());
    }

    [Fact]
    public async Task Of_55_pins_at_once_over_two_replicas_exactly_50_find_room()
    {
        var room = await world.OpenRoomAsync();
        var other = new ChannelClient(world.B.CreateClient(room.Owner.Token), room.Channel);
        var ids = await Task.WhenAll(Enumerable.Range(0, 55).Select(async i => (await room.SendAsync($"{i}")).Id));

        var answers = await Task.WhenAll(ids.Select((id, i) => Repeating.ServedAsync(() => (i % 2 == 0 ? room : other).PinAsync(id))));

        Assert.Equal(50, answers.Count(answer => answer.StatusCode == HttpStatusCode.NoContent));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.NoContent))
            await refused.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_pins");
        Assert.Equal(55 + 100, await room.RevAsync());
        var pins = await room.Http.JsonAsync(room.Pins());
        Assert.Equal((50, 50), (IdsOf(pins).Distinct().Count(), pins.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("pinnedAt").GetString()).Distinct().Count()));

        var (pinned, left) = (ids.Where((_, i) => answers[i].IsSuccessStatusCode).First(), ids.Where((_, i) => !answers[i].IsSuccessStatusCode).First());
        await room.DeleteAsync(pinned).ExpectAsync(HttpStatusCode.NoContent);
        await room.PinAsync(left).ExpectAsync(HttpStatusCode.NoContent);
        Assert.DoesNotContain(pinned, IdsOf(await room.Http.JsonAsync(room.Pins())));
    }

    [Fact]
    public async Task In_a_servers_channel_pinning_takes_ManageMessages()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var message = (await guest.SendAsync("mine")).Id;

        await guest.PinAsync(message).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await room.PinAsync(message).ExpectAsync(HttpStatusCode.NoContent);
        await guest.UnpinAsync(message).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");

        Assert.Equal([message], IdsOf(await guest.Http.JsonAsync(guest.Pins())));
    }

    [Fact]
    public async Task In_a_conversation_and_its_threads_whoever_may_write_pins()
    {
        var (ada, bob) = (await world.PersonAsync("ada"), await world.PersonAsync("bob"));
        var (one, other, thread) = await world.ConverseAsync(ada, bob);
        var message = (await one.SendAsync("hello")).Id;
        var below = new ChannelClient(other.Http, thread);
        var answer = (await below.SendAsync("below")).Id;

        await other.PinAsync(message).ExpectAsync(HttpStatusCode.NoContent);
        await below.PinAsync(answer).ExpectAsync(HttpStatusCode.NoContent);
        await one.UnpinAsync(message).ExpectAsync(HttpStatusCode.NoContent);
        await Sql.RunAsync(world.Database, "insert into blocks (blocker, blocked, active, rev) values ($1, $2, true, 1)", ada.Id, bob.Id);

        await other.PinAsync(message).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await below.UnpinAsync(answer).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await other.ReactAsync(message, "😀").ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        Assert.Equal([answer], IdsOf(await below.Http.JsonAsync(below.Pins())));
    }

    [Fact]
    public async Task What_is_deleted_or_unknown_or_said_by_nobody_cannot_be_pinned()
    {
        var room = await world.OpenRoomAsync();
        var stranger = (await world.OpenRoomAsync()).Http;
        var (gone, kept) = ((await room.SendAsync("gone")).Id, (await room.SendAsync("kept")).Id);
        await room.PinAsync(gone).ExpectAsync(HttpStatusCode.NoContent);
        var note = (await room.Http.JsonAsync(room.Messages)).GetProperty("items")[2].GetProperty("id").GetGuid();
        await room.DeleteAsync(gone).ExpectAsync(HttpStatusCode.NoContent);

        await room.PinAsync(gone).ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        await room.UnpinAsync(gone).ExpectAsync(HttpStatusCode.NoContent);
        await room.PinAsync(note).ExpectProblemAsync(HttpStatusCode.UnprocessableEntity, "not_pinnable");
        await room.PinAsync(Guid.CreateVersion7()).ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        await room.UnpinAsync(Guid.CreateVersion7()).ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        await stranger.PutAsync($"{room.Pins()}/{kept}", null, Ending).ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await stranger.GetAsync(room.Pins(), Ending).ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        Assert.Empty(IdsOf(await room.Http.JsonAsync(room.Pins())));
    }

    [Theory]
    [InlineData("limit=51", "limit", "out_of_range")]
    [InlineData("cursor=AAAA", "cursor", "invalid")]
    public async Task A_wrong_page_is_refused(string query, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        await room.Http.GetAsync($"{room.Pins()}?{query}", Ending).ExpectFieldErrorAsync(field, code);
    }

    private static Guid[] IdsOf(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid())];
}
