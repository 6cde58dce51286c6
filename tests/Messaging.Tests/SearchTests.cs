using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Search by the real route, after the index has followed.</summary>
public sealed class SearchTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "", "q", "required" },
        { "?q=", "q", "required" },
        { "?q=%20", "q", "required" },
        { "?q=a%00b", "q", "invalid_text" },
        { "?q=a%EF%BF%BEb", "q", "invalid_text" },
        { "?q=has:nothing", "q", "invalid_has" },
        { "?q=before:yesterday", "q", "invalid_time" },
        { "?q=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k", "q", "too_many_terms" },
        { "?q=a&channel=x", "channel", "invalid_id" },
        { "?q=a&server=x", "server", "invalid_id" },
        { "?q=a&limit=0", "limit", "out_of_range" },
        { "?q=a&limit=51", "limit", "out_of_range" },
        { "?q=a&cursor=x", "cursor", "invalid" },
        { "?q=a&cursor=_wAAAAAAAAAAAAAAAAAAAAA", "cursor", "invalid" },
        { "?q=a&before=2026-13-01", "before", "invalid_time" },
        { "?q=a&pinned=perhaps", "pinned", "invalid_pinned" },
        { "?q=a&from=", "from", "invalid" },
    };

    [Theory]
    [InlineData("kestrel", "The kestrel hovers|KESTRELS again")]
    [InlineData("KESTR", "The kestrel hovers|KESTRELS again")]
    [InlineData("hovers kestrel", "The kestrel hovers")]
    [InlineData("estrel", "The kestrel hovers|KESTRELS again")]
    [InlineData("\"kestrel hovers\"", "The kestrel hovers")]
    [InlineData("\"hovers kestrel\"", "")]
    [InlineData("kestrel -hovers", "KESTRELS again")]
    [InlineData("uber", "Über den Wolken")]
    [InlineData("ÜBER", "Über den Wolken")]
    [InlineData("東京", "明日東京タワーに行く")]
    [InlineData("タワー", "明日東京タワーに行く")]
    [InlineData("100%", "costs 100% more")]
    [InlineData("' & | ! :* \\", "")]
    [InlineData("nothing-like-it", "")]
    [InlineData("🦉", "owl 🦉")]
    public async Task Words_parts_phrases_and_scripts_without_spaces_are_found(string question, string expected)
    {
        var room = await SharedAsync();

        var found = await SearchAsync(room, $"?channel={room.Channel}&q={Uri.EscapeDataString(question)}");

        Assert.Equal(expected, string.Join('|', Contents(found).Reverse()));
    }

    [Fact]
    public async Task Words_come_before_parts_of_words_each_newest_first_over_pages()
    {
        var room = await world.OpenRoomAsync();
        foreach (var content in (string[])["owls", "growl", "owl one", "prowl", "an owl two"])
            await room.SendAsync(content);
        await IndexedAsync(room, "two");

        var pages = new List<string>();
        var cursor = "";
        do
        {
            var page = await SearchAsync(room, $"?channel={room.Channel}&q=owl&limit=2{cursor}");
            pages.Add(string.Join(',', Contents(page)));
            cursor = page.TryGetProperty("next", out var next) ? $"&cursor={next.GetString()}" : "";
        }
        while (cursor.Length > 0);

        Assert.Equal(["an owl two,owl one", "owls,prowl", "growl"], pages);
    }

    [Fact]
    public async Task Operators_narrow_the_search()
    {
        var room = await world.OpenRoomAsync();
        var ben = await world.PersonAsync("ben");
        await world.JoinAsync(room, ben);
        var guest = new ChannelClient(world.B.CreateClient(ben.Token), room.Channel);
        await room.SendAsync("plain by owner");
        await guest.SendAsync("plain by guest");
        await room.SendAsync($"hey <@{ben.Id}>");
        await room.SendAsync("see https://example.org");
        await IndexedAsync(room, "example");
        var today = DateTimeOffset.UtcNow;

        async Task<string> FoundAsync(string q) => string.Join('|', Contents(await SearchAsync(room, $"?server={room.Server}&q={Uri.EscapeDataString(q)}")));

        Assert.Equal("plain by guest", await FoundAsync($"from:{ben.Username}"));
        Assert.Equal("plain by guest", await FoundAsync($"plain from:{ben.Id}"));
        Assert.Equal("plain by owner", await FoundAsync("plain from:@me"));
        Assert.Equal($"hey <@{ben.Id}>", await FoundAsync($"mentions:{ben.Username}"));
        Assert.Equal("see https://example.org", await FoundAsync("has:link"));
        Assert.Equal("", await FoundAsync("has:poll"));
        Assert.Equal("plain by guest|plain by owner", await FoundAsync("plain in:room"));
        Assert.Equal("", await FoundAsync("plain in:elsewhere"));
        Assert.Equal("plain by guest|plain by owner", await FoundAsync($"plain after:{today.AddDays(-1):yyyy-MM-dd} before:{today.AddDays(2):yyyy-MM-dd}"));
        Assert.Equal("", await FoundAsync($"plain before:{today.AddDays(-1):yyyy-MM-dd}"));
        Assert.Equal("", await FoundAsync("plain pinned:true"));
        Assert.Equal("plain by guest|plain by owner", await FoundAsync("plain pinned:false"));
        Assert.Equal("plain by guest", string.Join('|', Contents(await SearchAsync(room, $"?channel={room.Channel}&from={ben.Username}"))));
    }

    [Fact]
    public async Task What_is_edited_is_found_as_it_is_now_and_what_is_deleted_no_more()
    {
        var room = await world.OpenRoomAsync();
        var (edited, deleted) = (await room.SendAsync("albatross"), await room.SendAsync("albatross deleted"));
        await IndexedAsync(room, "albatross");

        using var delete = await room.Http.DeleteAsync($"{room.Messages}/{deleted.Id}", Ending);
        await delete.ExpectAsync(HttpStatusCode.NoContent);
        Assert.Equal(["albatross"], Contents(await SearchAsync(room, $"?channel={room.Channel}&q=albatross")));
        using var edit = await room.Http.PatchAsJsonAsync($"{room.Messages}/{edited.Id}", new { content = "pelican" }, Ending);
        await edit.ExpectAsync(HttpStatusCode.OK);
        await IndexedAsync(room, "pelican");

        Assert.Empty(Contents(await SearchAsync(room, $"?channel={room.Channel}&q=albatross")));
    }

    [Fact]
    public async Task Highlights_say_where_the_words_are()
    {
        var room = await SharedAsync();

        var hit = (await SearchAsync(room, $"?channel={room.Channel}&q=uber")).GetProperty("items")[0];

        Assert.Equal("""[{"start":0,"length":4}]""", hit.GetProperty("highlights").GetRawText());
    }

    [Theory]
    [InlineData("is kicked", false)]
    [InlineData("is banned", true)]
    public async Task G4_Nothing_is_found_any_more_by_somebody_who(string loses, bool ban)
    {
        Assert.NotEmpty(loses);
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        await room.SendAsync("cormorant");
        await IndexedAsync(room, "cormorant");
        var client = new ChannelClient(world.B.CreateClient(guest.Token), room.Channel);
        Assert.Single(Contents(await SearchAsync(client, "?q=cormorant")));

        Assert.InRange((int)await world.ExpelAsync(room, guest, ban), 200, 204);

        Assert.Empty(Contents(await SearchAsync(client, "?q=cormorant")));
        using var inServer = await client.Http.GetAsync($"/api/v1/search?q=cormorant&server={room.Server}", Ending);
        using var inChannel = await client.Http.GetAsync($"/api/v1/search?q=cormorant&channel={room.Channel}", Ending);
        await inServer.ExpectProblemAsync(HttpStatusCode.NotFound, "server_not_found");
        await inChannel.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_reported_for_its_field(string query, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var response = await room.Http.GetAsync($"/api/v1/search{query}", Ending);

        await response.ExpectFieldErrorAsync(field, code);
    }

    private async Task<Room> SharedAsync()
    {
        var shared = await Shared.RoomAsync(world);
        // The token it was made with may have run out since.
        var owner = await world.RenewAsync(shared.Owner);
        var room = new Room(world.A.CreateClient(owner.Token), shared.Channel, shared.Server, owner);
        await IndexedAsync(room, "owl");
        return room;
    }

    private static async Task IndexedAsync(ChannelClient room, string word) => await Eventually.HoldsAsync(
        $"'{word}' is indexed", Patience, async () => Contents(await SearchAsync(room, $"?channel={room.Channel}&q={word}")).Any());

    private static IEnumerable<string?> Contents(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(hit => hit.GetProperty("message").GetProperty("content").GetString());

    private static async Task<JsonElement> SearchAsync(ChannelClient client, string query)
    {
        using var response = await client.Http.GetAsync($"/api/v1/search{query}", Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<JsonElement>();
    }

    /// <summary>A room that these tests only read.</summary>
    private static class Shared
    {
        private static Lazy<Task<Room>>? _room;

        public static Task<Room> RoomAsync(World world) => LazyInitializer.EnsureInitialized(ref _room, () => new Lazy<Task<Room>>(async () =>
        {
            var made = await world.OpenRoomAsync();
            foreach (var content in (string[])["The kestrel hovers", "KESTRELS again", "Über den Wolken", "明日東京タワーに行く", "costs 100% more", "100 and more", "owl 🦉"])
                await made.SendAsync(content);
            return made;
        })).Value;
    }
}
