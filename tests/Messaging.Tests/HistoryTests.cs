using System.Net;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class HistoryTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_empty_channel_has_an_empty_page()
    {
        var page = await (await world.OpenRoomAsync()).HistoryAsync();

        Assert.Empty(page.Items);
        Assert.False(page.HasBefore || page.HasAfter);
    }

    [Theory]
    [InlineData("", 3, 52, true, false)]
    [InlineData("?limit=5", 48, 52, true, false)]
    [InlineData("?before=53&limit=5", 48, 52, true, false)]
    [InlineData("?before=10", 1, 9, false, true)]
    [InlineData("?before=10&limit=3", 7, 9, true, true)]
    [InlineData("?before=2&limit=1", 1, 1, false, true)]
    [InlineData("?before=9223372036854775807&limit=2", 51, 52, true, false)]
    [InlineData("?after=0&limit=4", 1, 4, false, true)]
    [InlineData("?after=50", 51, 52, true, false)]
    [InlineData("?after=2", 3, 52, true, false)]
    [InlineData("?after=2&limit=49", 3, 51, true, true)]
    [InlineData("?around=20&limit=5", 18, 22, true, true)]
    [InlineData("?around=1&limit=4", 1, 3, false, true)]
    [InlineData("?around=52&limit=4", 51, 52, true, false)]
    [InlineData("?around=30&limit=1", 30, 30, true, true)]
    public async Task A_page_is_the_stretch_next_to_its_cursor(string query, long first, long last, bool hasBefore, bool hasAfter)
    {
        var room = await world.LongRoomAsync();

        var page = await room.HistoryAsync(query);

        Assert.Equal(Enumerable.Range((int)first, (int)(last - first) + 1).Select(seq => (long)seq), page.Items.Select(message => message.Seq));
        Assert.Equal((hasBefore, hasAfter), (page.HasBefore, page.HasAfter));
    }

    [Theory]
    [InlineData("?before=0", false, true)]
    [InlineData("?before=1", false, true)]
    [InlineData("?after=52", true, false)]
    [InlineData("?after=1000", true, false)]
    [InlineData("?after=9223372036854775807", true, false)]
    public async Task A_cursor_beyond_either_end_gives_an_empty_page_that_says_where_the_messages_are(string query, bool hasBefore, bool hasAfter)
    {
        var page = await (await world.LongRoomAsync()).HistoryAsync(query);

        Assert.Empty(page.Items);
        Assert.Equal((hasBefore, hasAfter), (page.HasBefore, page.HasAfter));
    }

    [Fact]
    public async Task Walking_back_page_by_page_meets_every_message_once()
    {
        var room = await world.LongRoomAsync();
        var seen = new List<long>();

        var page = await room.HistoryAsync("?limit=7");
        while (true)
        {
            seen.InsertRange(0, page.Items.Select(message => message.Seq));
            if (!page.HasBefore)
                break;
            page = await room.HistoryAsync($"?limit=7&before={page.Items[0].Seq}");
        }

        Assert.Equal(Enumerable.Range(1, 52).Select(seq => (long)seq), seen);
    }

    [Theory]
    [InlineData("?before=-1", "before", "invalid_number")]
    [InlineData("?after=abc", "after", "invalid_number")]
    [InlineData("?around=1.5", "around", "invalid_number")]
    [InlineData("?around=", "around", "invalid_number")]
    [InlineData("?before=9223372036854775808", "before", "invalid_number")]
    [InlineData("?before=1&before=2", "before", "invalid_number")]
    [InlineData("?before=5&after=1", "before", "conflicting_cursors")]
    [InlineData("?after=5&around=1", "around", "conflicting_cursors")]
    [InlineData("?limit=0", "limit", "out_of_range")]
    [InlineData("?limit=51", "limit", "out_of_range")]
    [InlineData("?limit=-5", "limit", "out_of_range")]
    [InlineData("?limit=many", "limit", "out_of_range")]
    public async Task A_mistake_is_reported_for_its_field(string query, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var response = await room.Http.GetAsync(room.Messages + query, Ending);

        await response.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Nobody_reads_without_a_token()
    {
        var room = await world.SharedRoomAsync();
        using var stranger = world.A.CreateClient();

        using var response = await stranger.GetAsync(room.Messages, Ending);

        await response.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_channel_id_that_is_no_uuid_is_an_unknown_address()
    {
        var room = await world.SharedRoomAsync();

        using var response = await room.Http.GetAsync("/api/v1/channels/general/messages", Ending);

        await response.ExpectProblemAsync(HttpStatusCode.NotFound, "not_found");
    }
}
