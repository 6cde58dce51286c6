using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>How far somebody has read, and what that leaves unread.</summary>
public sealed class ReadStateTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G10_what_was_said_before_somebody_joined_is_not_unread_and_what_others_say_since_is()
    {
        var room = await world.OpenRoomAsync();
        for (var i = 1; i <= 5; i++)
            await room.SendAsync($"before {i}");
        var (reader, guest) = await GuestAsync(room);
        await room.SendAsync("after 1");
        await room.SendAsync($"after 2 <@{guest.Id}>");

        Assert.Equal(new ReadStateView(room.Channel, room.Server, 5, 7, 1, 2, 1), await reader.StateAsync(room.Channel));
        var owner = await new Reader(room.Http).StateAsync(room.Channel);
        Assert.Equal((7, 7, 0, 0), (owner.ReadSeq, owner.LastSeq, owner.Unread, owner.Mentions));
    }

    [Fact]
    public async Task G10_who_writes_has_read_what_came_before_and_own_messages_are_never_unread()
    {
        var (room, reader, guest) = await RoomAsync();
        await room.SendAsync("unread");
        Assert.Equal(1, (await reader.StateAsync(room.Channel)).Unread);

        await ClientOf(guest, room).SendAsync("mine");

        var state = await reader.StateAsync(room.Channel);
        Assert.Equal((2, 2, 0), (state.ReadSeq, state.LastSeq, state.Unread));
    }

    [Fact]
    public async Task Reading_goes_forward_only_and_at_most_to_the_last_message()
    {
        var (room, reader, _) = await RoomAsync();
        var messages = await SendAsync(room, 4);

        var third = await reader.ReadAsync(room.Channel, 3);
        var late = await reader.ReadAsync(room.Channel, 1);
        var beyond = await reader.ReadAsync(room.Channel, long.MaxValue);

        Assert.Equal((3, 4, 1), (third.ReadSeq, third.LastSeq, third.Unread));
        Assert.Equal(third, late);
        Assert.Equal((messages[^1].Seq, 0), (beyond.ReadSeq, beyond.Unread));
        Assert.True(beyond.Rev > third.Rev);
        Assert.Equal(beyond, await reader.StateAsync(room.Channel));
    }

    [Fact]
    public async Task A_place_at_which_something_else_than_a_message_happened_stands_for_the_message_before_it()
    {
        var (room, reader, _) = await RoomAsync();
        var first = await room.SendAsync("first");
        using (var edited = await room.Http.PatchAsync(new Uri($"{room.Messages}/{first.Id}", UriKind.Relative), JsonContent.Create(new { content = "edited" }), Ending))
            await edited.ExpectAsync(HttpStatusCode.OK);
        await room.SendAsync("third");

        var state = await reader.ReadAsync(room.Channel, 2);

        Assert.Equal((1, 3, 1), (state.ReadSeq, state.LastSeq, state.Unread));
    }

    [Fact]
    public async Task G10_everything_from_a_message_on_becomes_unread_but_for_own_messages()
    {
        var (room, reader, guest) = await RoomAsync();
        var (own, others) = (ClientOf(guest, room), await SendAsync(room, 2));
        var mine = await own.SendAsync("mine");
        await SendAsync(room, 2);
        var last = await own.SendAsync("mine again");

        var second = await reader.UnreadAsync(room.Channel, others[1].Id);
        var forward = await reader.UnreadAsync(room.Channel, last.Id);
        await DeleteAsync(own, mine);
        await DeleteAsync(room, others[1]);
        var cleared = await reader.StateAsync(room.Channel);
        var first = await reader.UnreadAsync(room.Channel, others[0].Id);
        var back = await reader.ReadAsync(room.Channel, 4);

        Assert.Equal((1, 3), (second.ReadSeq, second.Unread));
        Assert.Equal(second, forward);
        Assert.Equal((1, 2), (cleared.ReadSeq, cleared.Unread));
        Assert.Equal((0, 3), (first.ReadSeq, first.Unread));
        Assert.Equal((4, 1), (back.ReadSeq, back.Unread));
    }

    [Fact]
    public async Task What_was_said_before_the_joining_can_be_marked_as_unread_and_stays_so()
    {
        var room = await world.OpenRoomAsync();
        var before = await SendAsync(room, 3);
        var (reader, _) = await GuestAsync(room);

        var marked = await reader.UnreadAsync(room.Channel, before[1].Id);

        Assert.Equal((1, 2), (marked.ReadSeq, marked.Unread));
        Assert.Equal(marked, await reader.StateAsync(room.Channel));
    }

    [Fact]
    public async Task G10_what_was_said_while_somebody_was_away_is_not_unread_when_they_join_again()
    {
        var (room, reader, guest) = await RoomAsync();
        await SendAsync(room, 2);
        Assert.Equal(2, (await reader.StateAsync(room.Channel)).Unread);
        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, guest));
        await SendAsync(room, 3);
        await world.JoinAsync(room, guest);
        await SendAsync(room, 1);

        var state = await reader.StateAsync(room.Channel);
        Assert.Equal((5, 6, 1), (state.ReadSeq, state.LastSeq, state.Unread));
    }

    [Fact]
    public async Task G10_in_a_group_nothing_is_unread_from_before_somebody_came_in()
    {
        var (owner, early, late) = (await world.PersonAsync("owner"), await world.PersonAsync("early"), await world.PersonAsync("late"));
        var group = await world.OpenGroupAsync(owner, early);
        var writer = new ChannelClient(world.A.CreateClient(owner.Token), group);
        await writer.SendAsync($"one <@{early.Id}> <@{late.Id}>");
        await world.AddToGroupAsync(group, late);
        await writer.SendAsync($"two <@{late.Id}> @everyone");

        var (ofEarly, ofLate) = (new Reader(world.A.CreateClient(early.Token)), new Reader(world.B.CreateClient(late.Token)));
        Assert.Equal(new ReadStateView(group, null, 0, 2, 1, 2, 2), await ofEarly.StateAsync(group));
        Assert.Equal(new ReadStateView(group, null, 1, 2, 1, 1, 1), await ofLate.StateAsync(group));
        Assert.Equal(new ReadStateView(group, null, 2, 2, 2, 0, 0), await ofLate.ReadAsync(group, 2));
    }

    [Fact]
    public async Task Marking_a_server_as_read_marks_all_that_the_caller_sees_of_it_and_nothing_else()
    {
        var (room, reader, guest) = await RoomAsync();
        var (second, hidden, other) = (await world.AddChannelAsync(room), await world.AddChannelAsync(room, isPrivate: true), await world.OpenRoomAsync());
        await world.JoinAsync(other, guest);
        foreach (var channel in new ChannelClient[] { room, second, hidden, other })
            await SendAsync(channel, 2);

        await reader.ReadServerAsync(room.Server);

        var states = (await reader.StatesAsync()).Items.ToDictionary(state => state.Channel, state => state.Unread);
        Assert.Equal(new Dictionary<Guid, long> { [room.Channel] = 0, [second.Channel] = 0, [other.Channel] = 2 }, states);
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from read_states where user_id = $1 and channel = $2", guest.Id, hidden.Channel));
    }

    [Fact]
    public async Task A_change_is_told_to_the_persons_own_devices_once_with_the_state_as_the_list_has_it()
    {
        var (room, reader, guest) = await RoomAsync();
        var second = await world.AddChannelAsync(room);
        var messages = await SendAsync(room, 2);
        await SendAsync(second, 1);
        await reader.StatesAsync();
        await using var heard = await Heard.OpenAsync<ReadStateChanged>(world);

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
            foreach (var message in await heard.TakeAsync(body => body.GetProperty("user").GetGuid() == guest.Id))
                got.Add(message.GetProperty("body").Deserialize<ReadStateView>(JsonSerializerOptions.Web) ?? throw new InvalidOperationException("No body."));
            return got.Count >= told.Count;
        });
        Assert.Equal(told, got);
    }

    [Fact]
    public async Task Muting_lasts_until_its_time_or_for_good_and_ends_on_request()
    {
        var (room, reader, _) = await RoomAsync();
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
        var (room, reader, guest) = await RoomAsync();
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
        var (room, reader, guest) = await RoomAsync();
        var messages = await SendAsync(room, 2);
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
        var (room, reader, _) = await RoomAsync();
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
    [InlineData("read-states?cursor=x", "cursor", "invalid_cursor")]
    [InlineData("read-states?server=x", "server", "invalid_id")]
    [InlineData("mentions?limit=101", "limit", "out_of_range")]
    [InlineData("mentions?limit=x", "limit", "out_of_range")]
    [InlineData("mentions?cursor=AAAA", "cursor", "invalid_cursor")]
    [InlineData("mentions?server=1", "server", "invalid_id")]
    public async Task Bad_parameters_are_named(string query, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var answer = await room.Http.GetAsync(new Uri($"/api/v1/{query}", UriKind.Relative), Ending);

        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task The_place_of_a_moment_is_found_in_any_channel()
    {
        var random = new Random(7);
        for (var round = 0; round < 20; round++)
        {
            var channel = Guid.CreateVersion7();
            // Places with gaps, and times of which some are equal.
            await Sql.RunAsync(
                world.Database,
                """
                insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
                select $1, s * 3 + (s * 7919 % 3), s * 3 + (s * 7919 % 3), gen_random_uuid(), $1, s::text, '', timestamptz '2026-01-01' + interval '1 second' * (s / 3)
                from generate_series(1, $2) as s
                """,
                channel,
                random.Next(0, 60));
            Assert.Equal(0, await Sql.ScalarAsync<long>(
                world.Database,
                """
                select count(*) from generate_series(-2, 25) as t, lateral (select timestamptz '2026-01-01' + interval '1 second' * t as at) m
                where last_seq_before($1, m.at) <> (select coalesce(max(seq), 0) from messages where channel = $1 and created_at < m.at)
                """,
                channel));
        }
    }

    private async Task<(Room Room, Reader Reader, Account Guest)> RoomAsync()
    {
        var room = await world.OpenRoomAsync();
        var (reader, guest) = await GuestAsync(room);
        return (room, reader, guest);
    }

    private async Task<(Reader Reader, Account Guest)> GuestAsync(Room room)
    {
        var guest = await world.PersonAsync("guest");
        await world.JoinAsync(room, guest);
        return (new Reader(world.B.CreateClient(guest.Token)), guest);
    }

    private ChannelClient ClientOf(Account person, Room room) => new(world.A.CreateClient(person.Token), room.Channel);

    private static async Task<List<MessageView>> SendAsync(ChannelClient channel, int count)
    {
        var sent = new List<MessageView>();
        for (var i = 0; i < count; i++)
            sent.Add(await channel.SendAsync($"said {i}"));
        return sent;
    }

    private static async Task DeleteAsync(ChannelClient channel, MessageView message)
    {
        using var response = await channel.Http.DeleteAsync(new Uri($"{channel.Messages}/{message.Id}", UriKind.Relative), Ending);
        await response.ExpectAsync(HttpStatusCode.NoContent);
    }
}
