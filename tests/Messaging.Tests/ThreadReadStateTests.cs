using System.Net;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>What waits for those who follow a thread.</summary>
public sealed class ThreadReadStateTests(World world)
{
    [Fact]
    public async Task G10_a_thread_is_listed_for_those_who_follow_it_from_then_on()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var thread = await room.ThreadAsync();
        await thread.SayAsync(2);
        Assert.DoesNotContain((await reader.StatesAsync()).Items, state => state.Channel == thread.Channel);

        await reader.Http.FollowAsync(thread.Channel);
        await thread.SendAsync("@everyone");
        await thread.SendAsync("said");

        Assert.Equal(new ReadStateView(thread.Channel, room.Server, 2, 4, 1, 2, 1), await reader.StateAsync(thread.Channel));
        Assert.Contains((await reader.StatesAsync($"?server={room.Server}")).Items, state => state.Channel == thread.Channel);
        await reader.Http.FollowAsync(thread.Channel, follow: false);
        Assert.DoesNotContain((await reader.StatesAsync()).Items, state => state.Channel == thread.Channel);
        await thread.SayAsync(2);
        await reader.Http.FollowAsync(thread.Channel);
        Assert.Equal((6, 0), Mark(await reader.StateAsync(thread.Channel)));
        Assert.Equal(guest.Id, (await reader.Http.JsonAsync($"/api/v1/threads/{thread.Channel}/members")).GetProperty("items").EnumerateArray().Last().GetProperty("user").GetGuid());
    }

    [Fact]
    public async Task G10_whoever_is_mentioned_in_a_thread_follows_it_with_that_message_unread()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var thread = await room.ThreadAsync();
        await thread.SayAsync(3);
        var named = await thread.SendAsync($"<@{guest.Id}>");
        await thread.SayAsync(1);

        var state = await reader.StateAsync(thread.Channel);

        Assert.Equal((named.Seq - 1, 2, 1), (state.ReadSeq, state.Unread, state.Mentions));
        Assert.Equal((named.Seq, 1), Mark(await reader.ReadAsync(thread.Channel, named.Seq)));
        Assert.Equal((5, 0), Mark(await new Reader(room.Http).StateAsync(thread.Channel)));
    }

    [Fact]
    public async Task G10_a_mark_that_was_set_before_following_moves_up_to_the_following_on_whatever_route_comes_first()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        var thread = await room.ThreadAsync();
        var said = await thread.SayAsync(6);
        Assert.Equal((2, 4), Mark(await reader.ReadAsync(thread.Channel, 2)));
        await reader.Http.FollowAsync(thread.Channel);
        await thread.SayAsync(1);

        Assert.Equal((6, 1), Mark(await reader.ReadAsync(thread.Channel, 3)));
        var back = await reader.UnreadAsync(thread.Channel, said[4].Id);

        Assert.Equal((4, 3), Mark(back));
        Assert.Equal(back, await reader.StateAsync(thread.Channel));
    }

    [Fact]
    public async Task Marking_a_server_as_read_marks_its_followed_threads_and_no_others()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var (followed, other, elsewhere) = (await room.ThreadAsync(), await room.ThreadAsync(), await world.OpenRoomAsync());
        await world.JoinAsync(elsewhere, guest);
        var away = await elsewhere.ThreadAsync();
        foreach (var thread in new[] { followed, away })
            await reader.Http.FollowAsync(thread.Channel);
        foreach (var thread in new[] { followed, other, away })
            await thread.SayAsync(2);

        await reader.ReadServerAsync(room.Server);

        Assert.Equal((2, 0), Mark(await reader.StateAsync(followed.Channel)));
        Assert.Equal((0, 2), Mark(await reader.StateAsync(away.Channel)));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from read_states where user_id = $1 and channel = $2", guest.Id, other.Channel));
    }

    [Fact]
    public async Task A_page_goes_on_among_threads_of_channels_that_were_on_pages_before()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        await room.SayAsync(1);
        var places = new List<Guid> { room.Channel };
        for (var i = 0; i < 4; i++)
        {
            var thread = await room.ThreadAsync();
            await reader.Http.FollowAsync(thread.Channel);
            await thread.SayAsync(1);
            places.Add(thread.Channel);
        }

        var listed = new List<Guid>();
        for (string? next = ""; next is not null;)
        {
            var page = await reader.StatesAsync($"?limit=2{next}");
            listed.AddRange(page.Items.Select(state => state.Channel));
            next = page.Next is null ? null : $"&cursor={page.Next}";
        }

        Assert.Equal(places, listed);
    }

    [Fact]
    public async Task G4_a_followed_thread_goes_with_the_channel_it_hangs_in_and_comes_back_with_it()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var channel = await world.AddChannelAsync(room);
        var (kept, hidden) = (await room.ThreadAsync(), await channel.ThreadAsync());
        foreach (var thread in new[] { kept, hidden })
        {
            await reader.Http.FollowAsync(thread.Channel);
            await thread.SendAsync($"@everyone <@{guest.Id}>");
        }

        await world.HideAsync(channel);
        Assert.DoesNotContain((await reader.StatesAsync()).Items, state => state.Channel == hidden.Channel);
        Assert.Equal([kept.Channel], (await reader.MentionsAsync()).Items.Select(item => item.Message.Channel));
        await reader.ReadServerAsync(room.Server);
        Assert.Equal(0, await Sql.ScalarAsync<long>(
            world.Database, "select coalesce(max(read_seq), 0) from read_states where user_id = $1 and channel = $2", guest.Id, hidden.Channel));

        Assert.Equal(HttpStatusCode.NoContent, await world.ExpelAsync(room, guest, ban: false));
        Assert.Empty((await reader.StatesAsync()).Items);
        await kept.SayAsync(1);
        await world.JoinAsync(room, guest);
        await kept.SendAsync("since");
        Assert.Equal((2, 1), Mark(await reader.StateAsync(kept.Channel)));
    }

    [Fact]
    public async Task A_deleted_thread_is_listed_no_more_and_a_resting_one_is()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        var (deleted, resting) = (await room.ThreadAsync(), await room.ThreadAsync());
        foreach (var thread in new[] { deleted, resting })
        {
            await reader.Http.FollowAsync(thread.Channel);
            await thread.SayAsync(1);
        }

        await Repeating.ServedAsync(() => room.DeleteThreadAsync(deleted.Channel)).ExpectAsync(HttpStatusCode.NoContent);
        await room.EditThreadAsync(resting.Channel, new { archived = true }).ExpectAsync(HttpStatusCode.OK);

        var listed = (await reader.StatesAsync()).Items.Select(state => state.Channel).ToArray();
        Assert.Contains(resting.Channel, listed);
        Assert.DoesNotContain(deleted.Channel, listed);
    }

    [Fact]
    public async Task G4_a_deleted_thread_is_in_neither_list_also_before_what_was_said_in_it_is_removed()
    {
        var (room, reader, guest) = await world.ReadRoomAsync();
        var group = new ChannelClient(room.Http, await world.OpenGroupAsync(room.Owner, guest));
        var (inRoom, inGroup) = (await room.ThreadAsync(), await group.ThreadAsync());
        foreach (var thread in new[] { inRoom, inGroup })
            await thread.SendAsync($"<@{guest.Id}> @everyone");
        Assert.Equal(2, (await reader.MentionsAsync()).Items.Length);

        // As a deletion leaves it as long as its event has not come.
        Guid[] threads = [inRoom.Channel, inGroup.Channel];
        await Sql.RunAsync(world.Database, "update channels set access_rev = $2 where id = any ($1)", threads, long.MaxValue);
        await Sql.RunAsync(world.Database, "update threads set deleted_at = now() where id = any ($1)", threads);

        Assert.Equal(new[] { room.Channel, group.Channel }.Order(), (await reader.StatesAsync()).Items.Select(state => state.Channel));
        Assert.Empty((await reader.MentionsAsync()).Items);
        await reader.ReadServerAsync(room.Server);
    }

    [Fact]
    public async Task G10_threads_of_a_conversation_are_listed_for_its_members_who_follow_them()
    {
        var (owner, member) = (await world.PersonAsync("owner"), await world.PersonAsync("member"));
        var group = new ChannelClient(world.A.CreateClient(owner.Token), await world.OpenGroupAsync(owner, member));
        var thread = await group.ThreadAsync();
        await thread.SayAsync(1);
        var reader = new Reader(world.B.CreateClient(member.Token));
        await reader.Http.FollowAsync(thread.Channel);
        var all = await thread.SendAsync("@everyone");

        Assert.Equal(new ReadStateView(thread.Channel, null, 1, 2, 1, 1, 1), await reader.StateAsync(thread.Channel));
        var mentioned = Assert.Single((await reader.MentionsAsync()).Items);
        Assert.Equal((all.Id, "everyone", null), (mentioned.Message.Id, mentioned.Kind, mentioned.Server));
        Assert.DoesNotContain((await reader.StatesAsync($"?server={group.Channel}")).Items, state => state.Channel == thread.Channel);

        await Sql.RunAsync(world.Database, "delete from conversation_members where conversation = $1 and user_id = $2", group.Channel, member.Id);
        Assert.Empty((await reader.StatesAsync()).Items);
        Assert.Empty((await reader.MentionsAsync()).Items);
    }

    [Fact]
    public async Task Everyone_in_a_thread_is_in_the_inbox_of_those_who_follow_it_since_they_do()
    {
        var (room, reader, _) = await world.ReadRoomAsync();
        var thread = await room.ThreadAsync();
        await thread.SendAsync("@everyone before");
        Assert.Empty((await reader.MentionsAsync()).Items);

        await reader.Http.FollowAsync(thread.Channel);
        var since = await thread.SendAsync("@here since");

        var found = Assert.Single((await reader.MentionsAsync()).Items);
        Assert.Equal((since.Id, "here", room.Server), (found.Message.Id, found.Kind, found.Server));
        Assert.Single((await reader.MentionsAsync($"?server={room.Server}")).Items);
    }

    [Fact]
    public async Task G10_marking_a_server_as_read_while_its_threads_are_written_in_never_deadlocks()
    {
        // Of its own: the database counts deadlocks of everybody who works on it.
        var database = await world.CreateDatabaseAsync();
        await using (var one = world.Start(database))
        await using (var other = world.Start(database))
        {
            var (owned, guest) = (await world.OpenRoomAsync(), await world.PersonAsync("guest"));
            await world.JoinAsync(owned, guest);
            var room = new ChannelClient(one.CreateClient(owned.Owner.Token), owned.Channel);
            var reader = new Reader(other.CreateClient(guest.Token));
            var places = new List<Guid> { room.Channel };
            for (var i = 0; i < 5; i++)
            {
                places.Add((await room.ThreadAsync()).Channel);
                await reader.Http.FollowAsync(places[^1]);
            }

            await Task.WhenAll(Enumerable.Range(0, 4).Select(async device =>
            {
                var http = (device % 2 == 0 ? one : other).CreateClient(guest.Token);
                for (var i = 0; i < 30; i++)
                {
                    if (device < 2)
                        await new Reader(http).ReadServerAsync(owned.Server);
                    else
                        await Task.WhenAll(places.Select(place => new ChannelClient(http, place).SendAsync("said")));
                }
            }));
            Assert.All((await reader.StatesAsync()).Items, state => Assert.Equal(0, state.Unread));
        }

        // What a connection has met is counted for certain when it has ended.
        await Eventually.HoldsAsync("everybody has gone", TimeSpan.FromSeconds(60), async () =>
            await Sql.ScalarAsync<long>(database, "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()") == 0);
        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select deadlocks from pg_stat_database where datname = current_database()"));
    }

    private static (long ReadSeq, long Unread) Mark(ReadStateView state) => (state.ReadSeq, state.Unread);
}
