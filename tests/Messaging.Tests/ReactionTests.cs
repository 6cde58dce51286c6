using System.Net;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class ReactionTests(World world)
{
    private const string Heart = "\u2764\uFE0F";
    private const string Smile = "😀";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reaction_is_counted_and_is_me_only_for_whoever_reacted()
    {
        var (room, guest, message) = await RoomAsync();

        Assert.Equal($"{Heart}:1*", (await guest.ReactAsync(message, "\u2764").OkAsync()).ReactionsOf());
        Assert.Equal($"{Heart}:1* {Smile}:1*", (await guest.ReactAsync(message, Smile).OkAsync()).ReactionsOf());
        Assert.Equal($"{Heart}:1 {Smile}:2*", (await room.ReactAsync(message, Smile).OkAsync()).ReactionsOf());

        Assert.Equal($"{Heart}:1* {Smile}:2*", (await guest.FindAsync(message)).ReactionsOf());
        Assert.Equal($"{Heart}:1 {Smile}:2*", (await room.Http.JsonAsync(room.Messages)).GetProperty("items")[0].ReactionsOf());
        var change = (await guest.Http.JsonAsync($"{guest.Changes}?after=1")).GetProperty("items")[0];
        Assert.Equal(("message.changed", 4, $"{Heart}:1* {Smile}:2*"), (change.GetProperty("t").GetString(), change.GetProperty("rev").GetInt64(), change.GetProperty("d").ReactionsOf()));
    }

    [Fact]
    public async Task A_repetition_changes_nothing_and_raises_no_revision()
    {
        var (_, guest, message) = await RoomAsync();

        await guest.ReactAsync(message, Heart).OkAsync();
        Assert.Equal($"{Heart}:1*", (await guest.ReactAsync(message, "\u2764").OkAsync()).ReactionsOf());
        Assert.Equal(2, await guest.RevAsync());
        Assert.Equal("", (await guest.UnreactAsync(message, Heart).OkAsync()).ReactionsOf());
        Assert.Equal("", (await guest.UnreactAsync(message, Heart).OkAsync()).ReactionsOf());
        Assert.Equal("", (await guest.UnreactAsync(message, Smile).OkAsync()).ReactionsOf());

        Assert.Equal(3, await guest.RevAsync());
        Assert.False((await guest.FindAsync(message)).TryGetProperty("reactions", out _));
    }

    [Fact]
    public async Task Who_reacted_is_listed_oldest_first_in_pages()
    {
        var (room, guest, message) = await RoomAsync();
        // Who has written nothing is known by name all the same.
        var other = await world.JoinAsync(room);
        foreach (var client in new[] { guest, room, other })
            await client.ReactAsync(message, Heart).OkAsync();
        await guest.ReactAsync(message, Smile).OkAsync();

        var all = await room.Http.JsonAsync(room.Reactions(message, "\u2764"));
        var names = all.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()).ToArray();
        var first = await room.Http.JsonAsync(room.Reactions(message, Heart) + "?limit=2");
        var rest = await room.Http.JsonAsync(room.Reactions(message, Heart) + $"?limit=2&cursor={first.GetProperty("next").GetString()}");

        Assert.Equal((3, room.Owner.Id, false), (names.Length, names[1], all.TryGetProperty("next", out _)));
        Assert.Equal("guest", all.GetProperty("items")[0].GetProperty("displayName").GetString());
        Assert.Equal(names, new[] { first, rest }.SelectMany(page => page.GetProperty("items").EnumerateArray()).Select(item => item.GetProperty("id").GetGuid()));
        Assert.False(rest.TryGetProperty("next", out _));
        Assert.Equal(0, (await room.Http.JsonAsync(room.Reactions(message, "🎉"))).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Moderators_remove_those_of_others_of_an_emoji_and_all()
    {
        var (room, guest, message) = await RoomAsync();
        foreach (var emoji in new[] { Heart, Smile, "🎉" })
        {
            await guest.ReactAsync(message, emoji).OkAsync();
            await room.ReactAsync(message, emoji).OkAsync();
        }

        var guestId = (await room.Http.JsonAsync(room.Reactions(message, Heart))).GetProperty("items")[0].GetProperty("id").GetGuid();
        Assert.Equal($"{Heart}:1* {Smile}:2* 🎉:2*", (await room.UnreactAsync(message, Heart, guestId).OkAsync()).ReactionsOf());
        Assert.Equal($"{Heart}:1* 🎉:2*", (await room.ClearAsync(message, Smile).OkAsync()).ReactionsOf());
        Assert.Equal("", (await room.ClearAsync(message).OkAsync()).ReactionsOf());
        var rev = await room.RevAsync();
        await room.ClearAsync(message).OkAsync();
        await room.UnreactAsync(message, Heart, guestId).OkAsync();

        Assert.Equal((10, 10), (rev, await room.RevAsync()));
        Assert.Equal(0, await RowsAsync(room));
        await guest.UnreactAsync(message, Heart, room.Owner.Id).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await guest.ClearAsync(message).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await guest.ReactAsync(message, Heart).OkAsync();
        await guest.UnreactAsync(message, Heart, guestId).OkAsync();
    }

    [Fact]
    public async Task Events_say_whose_reaction_it_was_and_carry_the_message_without_me()
    {
        var (room, guest, message) = await RoomAsync();
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(ReactionsChanged));

        await guest.ReactAsync(message, Heart).OkAsync();
        await guest.UnreactAsync(message, Heart).OkAsync();
        await guest.ReactAsync(message, Smile).OkAsync();
        await room.ClearAsync(message).OkAsync();

        var events = new List<System.Text.Json.JsonElement>();
        await Eventually.HoldsAsync("four events", Patience, async () =>
        {
            events.AddRange(await heard.TakeBodiesAsync(body => body.ToString().Contains(room.Channel.ToString(), StringComparison.Ordinal)));
            return events.Count >= 4;
        });
        Assert.Equal([2, 3, 4, 5], events.Select(body => body.GetProperty("rev").GetInt64()));
        Assert.Equal([true, false, true, false], events.Select(body => body.GetProperty("added").GetBoolean()));
        Assert.Equal([Heart, Heart, Smile, null], events.Select(body => body.TryGetProperty("emoji", out var emoji) ? emoji.GetString() : null));
        Assert.Equal([true, true, true, false], events.Select(body => body.TryGetProperty("user", out var user) && user.GetGuid() != room.Owner.Id));
        Assert.Equal([$"{Heart}:1", "", $"{Smile}:1", ""], events.Select(body => body.GetProperty("body").ReactionsOf()));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("%")]
    [InlineData(" ")]
    [InlineData("😀😀")]
    [InlineData("😀/😀")]
    [InlineData("🇩")]
    public async Task What_is_not_one_emoji_is_refused(string text)
    {
        var (room, _, message) = await RoomAsync();

        await room.ReactAsync(message, text).ExpectFieldErrorAsync("emoji", "invalid_emoji");
        await room.UnreactAsync(message, text).ExpectFieldErrorAsync("emoji", "invalid_emoji");
        await room.ClearAsync(message, text).ExpectFieldErrorAsync("emoji", "invalid_emoji");
        await room.Http.GetAsync(room.Reactions(message, text), Ending).ExpectFieldErrorAsync("emoji", "invalid_emoji");
        Assert.Equal(1, await room.RevAsync());
    }

    [Fact]
    public async Task Keycaps_flags_and_families_survive_the_path()
    {
        var (room, _, message) = await RoomAsync();
        string[] kinds = ["#\uFE0F\u20E3", "🇩🇪", "👨‍👩‍👧‍👦", "👍🏽", "👍", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"];

        foreach (var emoji in kinds)
            await room.ReactAsync(message, emoji).OkAsync();

        Assert.Equal(string.Join(' ', kinds.Select(emoji => $"{emoji}:1*")), (await room.FindAsync(message)).ReactionsOf());
    }

    [Fact]
    public async Task A_very_long_emoji_is_refused()
    {
        var (room, _, message) = await RoomAsync();

        await room.ReactAsync(message, new string('x', 3000)).ExpectFieldErrorAsync("emoji", "invalid_emoji");
        // Longer than a request line may be: nobody gets to read it.
        await room.ReactAsync(message, new string('x', 10_000)).ExpectAsync(HttpStatusCode.RequestUriTooLong);
        using var none = await room.Http.PutAsync($"{room.Messages}/{message}/reactions/", null, Ending);
        Assert.InRange((int)none.StatusCode, 404, 405);
    }

    [Fact]
    public async Task What_is_deleted_or_unknown_or_not_visible_has_no_reactions()
    {
        var (room, guest, message) = await RoomAsync();
        var stranger = (await world.OpenRoomAsync()).Http;
        await guest.ReactAsync(message, Heart).OkAsync();
        await room.DeleteAsync(message).ExpectAsync(HttpStatusCode.NoContent);

        foreach (var gone in new[] { message, Guid.CreateVersion7() })
        {
            await guest.ReactAsync(gone, Heart).ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
            await guest.UnreactAsync(gone, Heart).ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
            await room.ClearAsync(gone).ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
            await guest.Http.GetAsync(guest.Reactions(gone, Heart), Ending).ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        }

        Assert.Equal(0, await RowsAsync(room));
        await stranger.PutAsync(room.Reactions(message, Heart), null, Ending).ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await stranger.GetAsync(room.Reactions(message, Heart), Ending).ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    [Theory]
    [InlineData("limit=0", "limit", "out_of_range")]
    [InlineData("limit=x", "limit", "out_of_range")]
    [InlineData("cursor=x", "cursor", "invalid")]
    public async Task A_wrong_page_is_refused(string query, string field, string code)
    {
        var (room, _, message) = await RoomAsync();

        await room.Http.GetAsync($"{room.Reactions(message, Heart)}?{query}", Ending).ExpectFieldErrorAsync(field, code);
    }

    private Task<long> RowsAsync(ChannelClient client) => Sql.ScalarAsync<long>(world.Database, "select count(*) from reactions where channel = $1", client.Channel);

    private async Task<(Room Room, ChannelClient Guest, Guid Message)> RoomAsync()
    {
        var room = await world.OpenRoomAsync();
        return (room, await world.JoinAsync(room), (await room.SendAsync("react")).Id);
    }
}
