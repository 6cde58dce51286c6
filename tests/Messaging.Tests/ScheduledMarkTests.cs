using System.Net;

namespace Chat.Messaging.Tests;

/// <summary>What is sent for somebody later is theirs, but they were not looking.</summary>
public sealed class ScheduledMarkTests(World world)
{
    [Fact]
    public async Task G10_what_the_schedule_sends_leaves_what_came_before_it_unread_and_is_not_unread_itself()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        var own = new ChannelClient(reader.Http, room.Channel);
        await own.SendAsync("mine");
        await room.SayAsync(2);
        var before = await reader.StateAsync(room.Channel);

        await world.SendLaterAsync(own, "later");
        var after = await reader.StateAsync(room.Channel);
        await room.SayAsync(1);
        await world.SendLaterAsync(own, "later still");
        var more = await reader.StateAsync(room.Channel);

        Assert.Equal((1, 3, 2), (before.ReadSeq, before.LastSeq, before.Unread));
        Assert.Equal(before with { LastSeq = 4 }, after);
        Assert.Equal(before with { LastSeq = 6, Unread = 3 }, more);
        var forward = await reader.ReadAsync(room.Channel, 4);
        Assert.Equal((4, 1), (forward.ReadSeq, forward.Unread));
        Assert.Equal((6, 0), await MarkAsync(reader.ReadAsync(room.Channel, 6)));
    }

    [Fact]
    public async Task G10_where_the_schedule_speaks_first_for_somebody_what_was_said_before_their_joining_is_still_not_unread()
    {
        var room = await world.OpenRoomAsync();
        await room.SayAsync(3);
        var (reader, _) = await world.ReaderAsync(room);
        var own = new ChannelClient(reader.Http, room.Channel);
        await room.SayAsync(2);

        await world.SendLaterAsync(own, "later");
        await room.SayAsync(1);

        var state = await reader.StateAsync(room.Channel);
        Assert.Equal((3, 7, 3), (state.ReadSeq, state.LastSeq, state.Unread));
    }

    [Fact]
    public async Task G10_what_was_sent_for_somebody_before_they_joined_anew_is_counted_off_with_the_rest()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var own = new ChannelClient(reader.Http, room.Channel);
        await room.SayAsync(1);
        await world.SendLaterAsync(own, "later");
        await world.LeaveAsync(room, guest);
        await room.SayAsync(1);
        await world.JoinAsync(room, guest);
        await room.SayAsync(2);

        var state = await reader.StateAsync(room.Channel);
        Assert.Equal((3, 2), (state.ReadSeq, state.Unread));
    }

    [Fact]
    public async Task G10_marking_as_unread_and_deleting_count_it_as_ones_own()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        var own = new ChannelClient(reader.Http, room.Channel);
        var first = (await room.SayAsync(1))[0];
        await world.SendLaterAsync(own, "later");
        await room.SayAsync(1);
        var last = await world.SendLaterAsync(own, "later still");
        await reader.ReadAsync(room.Channel, last);

        var back = await reader.UnreadAsync(room.Channel, first.Id);
        await own.DeleteAsync((await room.HistoryAsync()).Items[1].Id).ExpectAsync(HttpStatusCode.NoContent);

        Assert.Equal((0, 2), (back.ReadSeq, back.Unread));
        Assert.Equal(back, await reader.StateAsync(room.Channel));
    }

    [Fact]
    public async Task G10_sent_with_a_message_of_their_own_in_one_group_it_counts_after_the_mark_of_that()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        await room.SayAsync(1);
        var own = new ChannelClient(reader.Http, room.Channel);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(Task (i) => i % 2 == 0 ? world.SendLaterAsync(own, "later") : own.SendAsync("now")).Append(room.SayAsync(5)));

        var recount = await Recount.TakeAsync(world.Database, [room.Channel]);
        var state = await reader.StateAsync(room.Channel);
        Assert.Equal(recount.After(room.Channel, state.ReadSeq, guest.Id, _ => false, new Dictionary<Guid, Func<Guid, bool>>()).Unread, state.Unread);
        Assert.Equal(await Sql.ScalarAsync<long>(world.Database, "select max(seq) from messages where channel = $1 and author = $2 and nonce not like 'scheduled %'", room.Channel, guest.Id), state.ReadSeq);
    }

    private static async Task<(long ReadSeq, long Unread)> MarkAsync(Task<ReadStateView> state) => ((await state).ReadSeq, (await state).Unread);
}
