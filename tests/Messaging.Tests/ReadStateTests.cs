using System.Net;
using System.Text;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>The list of read states, muting, and what the routes refuse.</summary>
public sealed class ReadStateTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_is_told_to_the_persons_own_devices_once_with_the_state_as_the_list_has_it()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var second = await world.AddChannelAsync(room);
        var messages = await room.SayAsync(2);
        await second.SayAsync(1);
        await reader.StatesAsync();
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(ReadStateChanged));

        var told = new List<ReadStateView>
        {
            await reader.ReadAsync(room.Channel, 1),
            await reader.UnreadAsync(room.Channel, messages[0].Id),
            await reader.MuteAsync(room.Channel, new { }),
        };
        await reader.ReadAsync(room.Channel, 0);
        await reader.UnreadAsync(room.Channel, messages[1].Id);
        await reader.MuteAsync(room.Channel, new { });
        await reader.ReadServerAsync(room.Server);
        await reader.ReadServerAsync(room.Server);
        told.AddRange((await reader.StatesAsync()).Items);

        var got = new List<ReadStateView>();
        await Eventually.HoldsAsync("five changes are told", Patience, async () =>
        {
            foreach (var message in await heard.TakeBodiesAsync(body => body.GetProperty("user").GetGuid() == guest.Id))
                got.Add(message.GetProperty("body").Deserialize<ReadStateView>(JsonSerializerOptions.Web) ?? throw new InvalidOperationException("No body."));
            return got.Count >= told.Count;
        });
        Assert.Equal(told, got);
    }

    [Fact]
    public async Task Muting_lasts_until_its_time_or_for_good_and_ends_on_request()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        var until = new DateTimeOffset(2100, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

        var quiet = await reader.MuteAsync(room.Channel, new { until });
        await room.SendAsync("said");
        var listed = await reader.StateAsync(room.Channel);
        var forGood = await reader.MuteAsync(room.Channel, new { until = (string?)null });
        var loud = await reader.UnmuteAsync(room.Channel);

        // In a channel where nothing was said yet.
        Assert.Equal((0, 0, until), (quiet.ReadSeq, quiet.LastSeq, quiet.MutedUntil));
        Assert.Equal((1, until), (listed.Unread, listed.MutedUntil));
        Assert.Equal(9999, forGood.MutedUntil?.Year);
        Assert.Null(loud.MutedUntil);
        Assert.True(loud.Rev > forGood.Rev && forGood.Rev > quiet.Rev);
        await Sql.RunAsync(world.Database, "update read_states set muted_until = now() where channel = $1", room.Channel);
        Assert.Null((await reader.StateAsync(room.Channel)).MutedUntil);
    }

    [Fact]
    public async Task The_list_comes_in_pages_and_by_server()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var channels = new List<ChannelClient> { room, await world.AddChannelAsync(room), await world.AddChannelAsync(room), await world.OpenRoomAsync() };
        await world.JoinAsync((Room)channels[3], guest);
        channels.Add(new ChannelClient(world.A.CreateClient(guest.Token), await world.OpenGroupAsync(guest, room.Owner)));
        await world.AddChannelAsync(room);
        foreach (var channel in channels)
            await channel.SendAsync("said");

        var listed = new List<Guid>();
        var pages = 0;
        for (string? next = ""; next is not null; pages++)
        {
            var page = await reader.StatesAsync($"?limit=2{next}");
            listed.AddRange(page.Items.Select(state => state.Channel));
            next = page.Next is null ? null : $"&cursor={page.Next}";
        }

        Assert.Equal(channels.Select(channel => channel.Channel).OrderBy(id => id.ToString(), StringComparer.Ordinal), listed);
        Assert.Equal(3, pages);
        Assert.Equal(3, (await reader.StatesAsync($"?server={room.Server}")).Items.Length);
        Assert.Empty((await reader.StatesAsync($"?server={Guid.CreateVersion7()}")).Items);
    }

    [Fact]
    public async Task G4_nothing_is_said_of_channels_that_somebody_sees_no_more()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var messages = await room.SayAsync(2);
        Assert.Single((await reader.StatesAsync()).Items);
        Assert.Equal(HttpStatusCode.NoContent, await world.ExpelAsync(room, guest, ban: false));

        Assert.Empty((await reader.StatesAsync()).Items);
        using var read = await reader.PutReadAsync(room.Channel, new { seq = 1 });
        using var unread = await reader.PutUnreadAsync(room.Channel, messages[0].Id);
        using var mute = await reader.PutMuteAsync(room.Channel, new { });
        using var all = await reader.PutServerReadAsync(room.Server);
        foreach (var refused in new[] { read, unread, mute })
            await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await all.ExpectProblemAsync(HttpStatusCode.NotFound, "server_not_found");
    }

    [Fact]
    public async Task Channels_servers_and_messages_that_are_not_there_are_not_found()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        var elsewhere = await (await world.OpenRoomAsync()).SendAsync("elsewhere");

        using var read = await reader.PutReadAsync(Guid.CreateVersion7(), new { seq = 1 });
        using var unread = await reader.PutUnreadAsync(Guid.CreateVersion7(), elsewhere.Id);
        using var mute = await reader.PutMuteAsync(elsewhere.Channel, new { });
        using var message = await reader.PutUnreadAsync(room.Channel, elsewhere.Id);
        using var server = await reader.PutServerReadAsync(Guid.CreateVersion7());

        foreach (var refused in new[] { read, unread, mute })
            await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await message.ExpectProblemAsync(HttpStatusCode.NotFound, "message_not_found");
        await server.ExpectProblemAsync(HttpStatusCode.NotFound, "server_not_found");
    }

    [Theory]
    [InlineData("read", "{}", "seq", "required")]
    [InlineData("read", """{"seq":null}""", "seq", "required")]
    [InlineData("read", """{"seq":"1"}""", "seq", "invalid_number")]
    [InlineData("read", """{"seq":-1}""", "seq", "invalid_number")]
    [InlineData("read", """{"seq":1.5}""", "seq", "invalid_number")]
    [InlineData("read", """{"seq":9223372036854775808}""", "seq", "invalid_number")]
    [InlineData("read", """{"seq":[]}""", "seq", "invalid_number")]
    [InlineData("mute", """{"until":1}""", "until", "invalid_time")]
    [InlineData("mute", """{"until":"tomorrow"}""", "until", "invalid_time")]
    [InlineData("mute", """{"until":"\ud800"}""", "until", "invalid_time")]
    [InlineData("mute", """{"until":"99999-01-01T00:00:00Z"}""", "until", "invalid_time")]
    [InlineData("mute", """{"until":"2020-01-01T00:00:00Z"}""", "until", "out_of_range")]
    [InlineData("mute", """{"until":"0001-01-01T00:00:00+14:00"}""", "until", "invalid_time")]
    public async Task Bad_fields_are_named(string route, string body, string field, string code)
    {
        var room = await world.SharedRoomAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var answer = await room.Http.PutAsync(new Uri($"/api/v1/channels/{room.Channel}/{route}", UriKind.Relative), content, Ending);

        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Theory]
    [InlineData("read-states?limit=0", "limit", "out_of_range")]
    [InlineData("read-states?limit=5001", "limit", "out_of_range")]
    [InlineData("read-states?cursor=x", "cursor", "invalid")]
    [InlineData("read-states?server=x", "server", "invalid_id")]
    [InlineData("mentions?limit=101", "limit", "out_of_range")]
    [InlineData("mentions?limit=x", "limit", "out_of_range")]
    [InlineData("mentions?cursor=AAAA", "cursor", "invalid")]
    [InlineData("mentions?server=1", "server", "invalid_id")]
    public async Task Bad_parameters_are_named(string query, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var answer = await room.Http.GetAsync(new Uri($"/api/v1/{query}", UriKind.Relative), Ending);

        await answer.ExpectFieldErrorAsync(field, code);
    }
}
