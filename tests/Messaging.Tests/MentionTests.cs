using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Whom a message mentions, by what its author may and whom it reaches.</summary>
public sealed class MentionTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Users_who_see_the_channel_are_mentioned_and_others_are_text()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        var stranger = await world.PersonAsync("stranger");

        var sent = await SentAsync(room, $"<@{guest.Id}> <@{stranger.Id}> <@{Guid.CreateVersion7()}> <#{room.Channel}> `<@{room.Owner.Id}>`");

        Assert.Equal($$"""{"users":["{{guest.Id}}"],"channels":["{{room.Channel}}"]}""", sent.GetProperty("mentions").GetRawText());
        Assert.Equal([guest.Id], await TargetsAsync(room));
    }

    [Fact]
    public async Task Everyone_takes_a_permission_and_without_it_is_text()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);

        var allowed = await SentAsync(room, "@everyone @here");
        var refused = await SentAsync(guest, "@everyone @here");

        Assert.Equal("""{"everyone":true,"here":true}""", allowed.GetProperty("mentions").GetRawText());
        Assert.False(refused.TryGetProperty("mentions", out _));
        Assert.Equal([room.Channel], await TargetsAsync(room));
    }

    [Fact]
    public async Task A_role_is_mentioned_where_it_lets_itself_be_or_the_author_may()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var (open, closed) = (await world.RoleAsync(room, "open", mentionable: true), await world.RoleAsync(room, "closed", mentionable: false));
        var foreign = await world.RoleAsync(await world.OpenRoomAsync(), "foreign", mentionable: true);
        var text = $"<@&{open}> <@&{closed}> <@&{foreign}>";

        var byGuest = await SentAsync(guest, text);
        var byOwner = await SentAsync(room, text);

        Assert.Equal($$"""{"roles":["{{open}}"]}""", byGuest.GetProperty("mentions").GetRawText());
        Assert.Equal($$"""{"roles":["{{open}}","{{closed}}"]}""", byOwner.GetProperty("mentions").GetRawText());
    }

    [Fact]
    public async Task An_edit_takes_mentions_away_and_adds_others()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        var sent = await SentAsync(room, "@everyone");

        using var edit = await room.Http.PatchAsJsonAsync($"{room.Messages}/{sent.GetProperty("id").GetGuid()}", new { content = $"<@{guest.Id}>" }, Ending);

        await edit.ExpectAsync(HttpStatusCode.OK);
        Assert.Equal([guest.Id], await TargetsAsync(room));
        using var plain = await room.Http.PatchAsJsonAsync($"{room.Messages}/{sent.GetProperty("id").GetGuid()}", new { content = "nobody" }, Ending);
        Assert.False((await plain.ReadAsync<JsonElement>()).TryGetProperty("mentions", out _));
        Assert.Empty(await TargetsAsync(room));
    }

    [Fact]
    public async Task Too_many_mentions_are_refused()
    {
        var room = await world.OpenRoomAsync();
        var many = string.Join(' ', Enumerable.Range(0, 51).Select(_ => $"<@{Guid.CreateVersion7()}>"));

        using var response = await room.PostAsync(new { content = many, nonce = "n" });

        await response.ExpectFieldErrorAsync("content", "too_many_mentions");
    }

    private static async Task<JsonElement> SentAsync(ChannelClient client, string content)
    {
        using var response = await client.PostAsync(new { content, nonce = Guid.NewGuid().ToString() });
        await response.ExpectAsync(HttpStatusCode.Created);
        return await response.ReadAsync<JsonElement>();
    }

    private async Task<Guid[]> TargetsAsync(Room room) =>
        await Sql.ScalarAsync<Guid[]>(world.Database, "select coalesce(array_agg(target order by target), '{}') from mentions where channel = $1", room.Channel);
}
