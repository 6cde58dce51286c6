using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class ChangesTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changes_are_what_came_after_a_revision()
    {
        var room = await world.OpenRoomAsync();
        var first = await room.SendAsync("one");
        var second = await room.SendAsync("two");

        var all = await room.ChangesAsync(0);
        var rest = await room.ChangesAsync(first.Rev);

        Assert.Equal([new("message.sent", 1, first), new("message.sent", 2, second)], all.Items);
        Assert.Equal((2, false), (all.Rev, all.More));
        Assert.Equal([new("message.sent", 2, second)], rest.Items);
        Assert.Equal((2, false), (rest.Rev, rest.More));
    }

    [Theory]
    [InlineData(0, 10, 10, true)]
    [InlineData(10, 42, 52, false)]
    [InlineData(10, 41, 51, true)]
    [InlineData(0, null, 52, false)]
    [InlineData(52, 1, 52, false)]
    [InlineData(1000, 10, 52, false)]
    [InlineData(long.MaxValue, 500, 52, false)]
    public async Task A_page_says_where_to_continue(long after, int? limit, long rev, bool more)
    {
        var page = await (await world.LongRoomAsync()).ChangesAsync(after, limit);

        Assert.Equal((rev, more), (page.Rev, page.More));
        Assert.Equal(Math.Max(0, rev - after), page.Items.Length);
    }

    [Fact]
    public async Task A_channel_without_messages_is_at_revision_0()
    {
        var page = await (await world.OpenRoomAsync()).ChangesAsync(0);

        Assert.Empty(page.Items);
        Assert.Equal((0, false), (page.Rev, page.More));
    }

    [Theory]
    [InlineData("", "after", "required")]
    [InlineData("?after=-1", "after", "invalid_number")]
    [InlineData("?after=x", "after", "invalid_number")]
    [InlineData("?after=1e3", "after", "invalid_number")]
    [InlineData("?after=0&limit=0", "limit", "out_of_range")]
    [InlineData("?after=0&limit=501", "limit", "out_of_range")]
    public async Task A_mistake_is_reported_for_its_field(string query, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var response = await room.Http.GetAsync(room.Changes + query, Ending);

        await response.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Services_read_changes_of_any_channel()
    {
        var room = await world.LongRoomAsync();
        using var peer = Peer();

        var page = await peer.GetFromJsonAsync<ChangesView>($"/internal/channels/{room.Channel}/changes?after=50", Ending);
        using var mistaken = await peer.GetAsync($"/internal/channels/{room.Channel}/changes?after=x", Ending);

        Assert.Equal([51, 52], page?.Items.Select(change => change.Rev));
        await mistaken.ExpectFieldErrorAsync("after", "invalid_number");
    }

    [Fact]
    public async Task Services_read_the_revisions_of_many_channels()
    {
        var room = await world.LongRoomAsync();
        var silent = Guid.CreateVersion7();
        using var peer = Peer();

        using var response = await peer.PostAsJsonAsync("/internal/channels/revisions", new { channels = new[] { silent, room.Channel } }, Ending);
        using var tooMany = await peer.PostAsJsonAsync("/internal/channels/revisions", new { channels = Enumerable.Range(0, 501).Select(_ => Guid.NewGuid()) }, Ending);
        using var wrong = await peer.PostAsJsonAsync("/internal/channels/revisions", new { channels = "all" }, Ending);
        using var missing = await peer.PostAsJsonAsync("/internal/channels/revisions", new { }, Ending);

        await response.ExpectAsync(HttpStatusCode.OK);
        var items = (await response.ReadAsync<JsonElement>()).GetProperty("items").EnumerateArray();
        Assert.Equal([(silent, 0L), (room.Channel, 52L)], items.Select(item => (item.GetProperty("channel").GetGuid(), item.GetProperty("rev").GetInt64())));
        await tooMany.ExpectFieldErrorAsync("channels", "too_many");
        await wrong.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
        await missing.ExpectProblemAsync(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task Internal_routes_are_closed_to_users()
    {
        var room = await world.LongRoomAsync();

        using var changes = await room.Http.GetAsync($"/internal/channels/{room.Channel}/changes?after=0", Ending);
        using var revisions = await room.Http.PostAsJsonAsync("/internal/channels/revisions", new { channels = new[] { room.Channel } }, Ending);

        await changes.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await revisions.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private HttpClient Peer()
    {
        var client = world.A.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", world.A.ServiceToken("messaging"));
        return client;
    }
}
