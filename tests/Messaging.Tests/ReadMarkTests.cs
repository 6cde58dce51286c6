using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>How far somebody has read, and what that leaves unread.</summary>
public sealed class ReadMarkTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G10_what_was_said_before_somebody_joined_is_not_unread_and_what_others_say_since_is()
    {
        var room = await world.OpenRoomAsync();
        for (var i = 1; i <= 5; i++)
            await room.SendAsync($"before {i}");
        var (reader, guest) = await world.ReaderAsync(room);
        await room.SendAsync("after 1");
        await room.SendAsync($"after 2 <@{guest.Id}>");

        Assert.Equal(new ReadStateView(room.Channel, room.Server, 5, 7, 1, 2, 1), await reader.StateAsync(room.Channel));
        var owner = await new Reader(room.Http).StateAsync(room.Channel);
        Assert.Equal((7, 7, 0, 0), (owner.ReadSeq, owner.LastSeq, owner.Unread, owner.Mentions));
    }

    [Fact]
    public async Task G10_who_writes_has_read_what_came_before_and_own_messages_are_never_unread()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        await room.SendAsync("unread");
        Assert.Equal(1, (await reader.StateAsync(room.Channel)).Unread);

        await ClientOf(guest, room).SendAsync("mine");

        var state = await reader.StateAsync(room.Channel);
        Assert.Equal((2, 2, 0), (state.ReadSeq, state.LastSeq, state.Unread));
    }

    [Fact]
    public async Task Reading_goes_forward_only_and_at_most_to_the_last_message()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        var messages = await room.SayAsync(4);

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
        var (room, reader, _) = await world.ReadRoomAsync();
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
        var (room, reader, guest) = await world.ReadRoomAsync();
        var (own, others) = (ClientOf(guest, room), await room.SayAsync(2));
        var mine = await own.SendAsync("mine");
        await room.SayAsync(2);
        var last = await own.SendAsync("mine again");

        var second = await reader.UnreadAsync(room.Channel, others[1].Id);
        var forward = await reader.UnreadAsync(room.Channel, last.Id);
        await own.DeleteAsync(mine.Id).ExpectAsync(HttpStatusCode.NoContent);
        await room.DeleteAsync(others[1].Id).ExpectAsync(HttpStatusCode.NoContent);
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
        var before = await room.SayAsync(3);
        var (reader, _) = await world.ReaderAsync(room);

        var marked = await reader.UnreadAsync(room.Channel, before[1].Id);

        Assert.Equal((1, 2), (marked.ReadSeq, marked.Unread));
        Assert.Equal(marked, await reader.StateAsync(room.Channel));
    }

    [Fact]
    public async Task G10_what_was_said_while_somebody_was_away_is_not_unread_when_they_join_again()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        await room.SayAsync(2);
        Assert.Equal(2, (await reader.StateAsync(room.Channel)).Unread);
        Assert.Equal(HttpStatusCode.NoContent, await world.LeaveAsync(room, guest));
        await room.SayAsync(3);
        await world.JoinAsync(room, guest);
        await room.SayAsync(1);

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
        var (room, reader, guest) = await world.ReadRoomAsync();
        var (second, hidden, other) = (await world.AddChannelAsync(room), await world.AddChannelAsync(room, isPrivate: true), await world.OpenRoomAsync());
        await world.JoinAsync(other, guest);
        foreach (var channel in new ChannelClient[] { room, second, hidden, other })
            await channel.SayAsync(2);

        await reader.ReadServerAsync(room.Server);

        var states = (await reader.StatesAsync()).Items.ToDictionary(state => state.Channel, state => state.Unread);
        Assert.Equal(new Dictionary<Guid, long> { [room.Channel] = 0, [second.Channel] = 0, [other.Channel] = 2 }, states);
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from read_states where user_id = $1 and channel = $2", guest.Id, hidden.Channel));
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

    private ChannelClient ClientOf(Account person, Room room) => new(world.A.CreateClient(person.Token), room.Channel);
}
