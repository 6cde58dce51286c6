using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Deleting;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>Threads are renamed, locked, archived and deleted.</summary>
public sealed class ThreadEditTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_name_is_said_in_the_thread_and_shown_under_its_message()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var thread = await guest.ThreadAsync("before");
        var rev = (await room.ChangesAsync(0)).Rev;

        for (var i = 0; i < 2; i++)
        {
            using var edited = await guest.EditThreadAsync(thread.Channel, new { name = "after", archiveAfter = 604800 });
            await edited.ExpectAsync(HttpStatusCode.OK);
            var view = await edited.ReadAsync<ThreadView>();
            Assert.Equal(("after", 604800), (view.Name, view.ArchiveAfter));
        }

        var said = (await thread.Http.GetFromJsonAsync<JsonElement>($"{thread.Changes}?after=0", Ending)).GetProperty("items").EnumerateArray().Single().GetProperty("d");
        Assert.Equal("channel_renamed", said.GetProperty("kind").GetString());
        Assert.Equal(("after", "before"), (said.GetProperty("system").GetProperty("name").GetString(), said.GetProperty("system").GetProperty("before").GetString()));
        var change = (await room.Http.GetFromJsonAsync<JsonElement>($"{room.Changes}?after={rev}", Ending)).GetProperty("items").EnumerateArray().Single().GetProperty("d");
        Assert.Equal("after", change.GetProperty("thread").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("""{"name":""}""", "name", "required")]
    [InlineData("""{"archived":"yes"}""", "archived", "invalid_type")]
    [InlineData("""{"locked":1}""", "locked", "invalid_type")]
    [InlineData("""{"archiveAfter":-1}""", "archiveAfter", "not_allowed")]
    public async Task Bad_input_is_named_by_its_field(string body, string field, string code)
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        using var answer = await room.Http.PatchAsync($"/api/v1/threads/{thread.Channel}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Ending);
        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Others_than_its_creator_need_to_manage_threads_and_locking_and_deleting_always_take_that()
    {
        var room = await world.OpenRoomAsync();
        var (creator, other) = (await world.JoinAsync(room), await world.JoinAsync(room));
        var thread = await creator.ThreadAsync();

        foreach (var (client, body) in new (ChannelClient, object)[] { (other, new { name = "n" }), (other, new { archived = true }), (creator, new { locked = true }) })
        {
            using var refused = await client.EditThreadAsync(thread.Channel, body);
            await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        using var notDeleted = await creator.DeleteThreadAsync(thread.Channel);
        await notDeleted.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        using var locked = await room.EditThreadAsync(thread.Channel, new { locked = true, name = "moderated" });
        await locked.ExpectAsync(HttpStatusCode.OK);
        Assert.True((await locked.ReadAsync<ThreadView>()).Locked);
        using var shut = await creator.EditThreadAsync(thread.Channel, new { name = "mine" });
        await shut.ExpectProblemAsync(HttpStatusCode.Forbidden, "thread_locked");
    }

    [Fact]
    public async Task G4_once_locking_is_answered_nobody_writes_there_but_who_manages_threads()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var mine = await room.ThreadAsync();
        var clients = new[] { new ChannelClient(guest.Http, mine.Channel), new ChannelClient(guest.Http, mine.Channel) };
        var kept = await clients[0].SendAsync("kept");
        var stored = new ConcurrentQueue<long>();
        var senders = Enumerable.Range(0, 20).Select(async sender =>
        {
            while (true)
            {
                using var answer = await clients[sender % 2].PostAsync(new { content = "racing", nonce = Guid.NewGuid().ToString() });
                if (answer.StatusCode != HttpStatusCode.Created)
                {
                    await answer.ExpectProblemAsync(HttpStatusCode.Forbidden, "thread_locked");
                    return;
                }

                stored.Enqueue((await answer.ReadAsync<MessageView>()).Rev);
            }
        }).ToArray();
        await Eventually.HoldsAsync("sends are under way", Patience, () => Task.FromResult(stored.Count > 20));

        using var locked = await room.EditThreadAsync(mine.Channel, new { locked = true });
        await locked.ExpectAsync(HttpStatusCode.OK);
        var rev = await RevisionAsync(mine.Channel);
        await Task.WhenAll(senders).WaitAsync(Patience, Ending);

        Assert.Equal(rev, await RevisionAsync(mine.Channel));
        Assert.All(stored, one => Assert.True(one <= rev));
        using var edited = await guest.Http.PatchAsJsonAsync($"{mine.Messages}/{kept.Id}", new { content = "changed" }, Ending);
        await edited.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await mine.SendAsync("by who may");
        using var opened = await room.EditThreadAsync(mine.Channel, new { locked = false });
        await opened.ExpectAsync(HttpStatusCode.OK);
        await clients[0].SendAsync("again");
    }

    [Fact]
    public async Task A_thread_rests_after_its_time_and_the_next_message_opens_it_again()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var thread = await room.ThreadAsync();
        var rev = (await room.ChangesAsync(0)).Rev;
        await LetTimePassAsync(thread.Channel);

        await Eventually.HoldsAsync("it rests", Patience, async () => (await room.FindThreadAsync(thread.Channel)).ArchivedAt is not null);
        Assert.Equal([thread.Channel], (await room.ThreadsAsync("?state=archived")).Items.Select(one => one.Id));
        Assert.Empty((await room.ThreadsAsync()).Items);
        var link = (await room.Http.GetFromJsonAsync<JsonElement>($"{room.Changes}?after={rev}", Ending)).GetProperty("items").EnumerateArray().Single().GetProperty("d");
        Assert.True(link.GetProperty("thread").TryGetProperty("archivedAt", out _));

        var sends = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => new ChannelClient(guest.Http, thread.Channel).SendAsync($"{i}")));

        Assert.Equal(Enumerable.Range(1, 10).Select(seq => (long)seq), sends.Select(message => message.Seq).Order());
        var view = await room.FindThreadAsync(thread.Channel);
        Assert.Null(view.ArchivedAt);
        Assert.Equal((10L, sends.Max(message => message.CreatedAt)), (view.Messages, view.LastAt));
        // One change when it came to rest, one when it was opened, however many sends there were.
        Assert.Equal(rev + 2, (await room.ChangesAsync(0)).Rev);
    }

    [Fact]
    public async Task Resting_and_waking_can_be_asked_for_and_a_locked_thread_is_not_opened_by_a_message()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var thread = await guest.ThreadAsync();

        using var archived = await guest.EditThreadAsync(thread.Channel, new { archived = true });
        Assert.NotNull((await archived.ReadAsync<ThreadView>()).ArchivedAt);
        using var again = await guest.EditThreadAsync(thread.Channel, new { archived = false });
        Assert.Null((await again.ReadAsync<ThreadView>()).ArchivedAt);
        using var both = await room.EditThreadAsync(thread.Channel, new { archived = true, locked = true });
        await both.ExpectAsync(HttpStatusCode.OK);

        using var refused = await thread.PostAsync(new { content = "no", nonce = "n" });
        await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "thread_locked");
        Assert.NotNull((await room.FindThreadAsync(thread.Channel)).ArchivedAt);
    }

    [Fact]
    public async Task A_thread_in_which_something_is_said_in_time_does_not_rest()
    {
        var room = await world.OpenRoomAsync();
        var (quiet, lively) = (await room.ThreadAsync("quiet"), await room.ThreadAsync("lively"));
        await LetTimePassAsync(quiet.Channel);
        await lively.SendAsync("still here");

        await Eventually.HoldsAsync("the quiet one rests", Patience, async () => (await room.FindThreadAsync(quiet.Channel)).ArchivedAt is not null);
        Assert.Null((await room.FindThreadAsync(lively.Channel)).ArchivedAt);
        Assert.InRange(
            await Sql.ScalarAsync<double>(world.Database, "select extract(epoch from due_at - last_at)::float8 from threads where id = $1", lively.Channel), 86_399, 86_401);
    }

    [Fact]
    public async Task A_deleted_thread_is_gone_with_all_that_was_said_and_its_message_may_have_another()
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        await thread.SendAsync("goes too");
        var message = (await room.FindThreadAsync(thread.Channel)).Message;
        await using var heard = await Heard.OpenAsync<ThreadDeleted>(world);
        await using var lost = await Heard.OpenAsync<AccessLost>(world);

        using var deleted = await room.DeleteThreadAsync(thread.Channel);
        await deleted.ExpectAsync(HttpStatusCode.NoContent);

        using var send = await thread.PostAsync(new { content = "late", nonce = "late" });
        await send.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        using var read = await thread.Http.GetAsync(thread.Messages, Ending);
        await read.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        using var again = await room.DeleteThreadAsync(thread.Channel);
        await again.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        Assert.False((await room.Http.GetFromJsonAsync<JsonElement>($"{room.Messages}/{message}", Ending)).TryGetProperty("thread", out _));
        await Eventually.HoldsAsync("the events", Patience, async () => (await heard.TakeAsync(body => body.GetProperty("thread").GetGuid() == thread.Channel)).Count > 0);
        await Eventually.HoldsAsync("readers look again", Patience, async () =>
            (await lost.TakeAsync(body => body.TryGetProperty("channel", out var channel) && channel.GetGuid() == thread.Channel)).Count > 0);
        // The event may be taken by a replica on another database.
        await RemoveAsync(removal => removal.RemoveThreadAsync(thread.Channel, Ending));
        Assert.Equal(0, await LeftAsync(thread.Channel));
        using var other = await room.OpenThreadAsync(message, new { name = "another" });
        await other.ExpectAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task G4_sends_that_race_with_the_deletion_of_a_thread_leave_nothing_behind()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        for (var round = 0; round < 5; round++)
        {
            var thread = await room.ThreadAsync();
            var senders = new[] { thread, new ChannelClient(guest.Http, thread.Channel) }.SelectMany(client => Enumerable.Range(0, 10).Select(async _ =>
            {
                while (true)
                {
                    using var answer = await client.PostAsync(new { content = "racing", nonce = Guid.NewGuid().ToString() });
                    if (answer.StatusCode != HttpStatusCode.Created)
                    {
                        await answer.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
                        return;
                    }
                }
            })).ToArray();
            using var deleted = await room.DeleteThreadAsync(thread.Channel);
            await deleted.ExpectAsync(HttpStatusCode.NoContent);
            await RemoveAsync(removal => removal.RemoveThreadAsync(thread.Channel, Ending));
            await Task.WhenAll(senders).WaitAsync(Patience, Ending);

            Assert.Equal(0, await LeftAsync(thread.Channel));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deleted_channel_or_server_takes_its_threads_with_it(bool wholeServer)
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        await thread.SendAsync("goes too");
        var deletedBefore = await room.ThreadAsync();
        using var deleted = await room.DeleteThreadAsync(deletedBefore.Channel);
        await deleted.ExpectAsync(HttpStatusCode.NoContent);
        foreach (var channel in new[] { room.Channel, thread.Channel })
        {
            using var draft = await room.Http.PutAsJsonAsync($"/api/v1/channels/{channel}/draft", new { content = "begun" }, Ending);
            await draft.ExpectAsync(HttpStatusCode.OK);
            using var later = await room.Http.PostAsJsonAsync($"/api/v1/channels/{channel}/scheduled", new { content = "later", sendAt = DateTimeOffset.UtcNow.AddDays(1) }, Ending);
            await later.ExpectAsync(HttpStatusCode.Created);
        }

        var rev = await world.ServerRevisionAsync(room) + 1;
        await RemoveAsync(removal => wholeServer ? removal.RemoveServerAsync(room.Server, [room.Channel], Ending) : removal.RemoveChannelAsync(room.Server, rev, room.Channel, Ending));

        Assert.Equal(0, await LeftAsync(thread.Channel) + await LeftAsync(room.Channel) + await LeftAsync(deletedBefore.Channel));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from threads where parent = $1", room.Channel));
        Assert.Equal(0, await Sql.ScalarAsync<long>(
            world.Database, "select (select count(*) from drafts where channel = any ($1)) + (select count(*) from scheduled_messages where channel = any ($1))", new[] { room.Channel, thread.Channel }));
    }

    [Fact]
    public async Task A_thread_stays_when_its_message_is_deleted()
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        var message = (await room.FindThreadAsync(thread.Channel)).Message;
        using var deleted = await room.Http.DeleteAsync($"{room.Messages}/{message}", Ending);
        await deleted.ExpectAsync(HttpStatusCode.NoContent);

        await thread.SendAsync("still here");
        using var renamed = await room.EditThreadAsync(thread.Channel, new { name = "orphan" });
        await renamed.ExpectAsync(HttpStatusCode.OK);

        Assert.Equal("orphan", (await room.Http.GetFromJsonAsync<JsonElement>($"{room.Messages}/{message}", Ending)).GetProperty("thread").GetProperty("name").GetString());
    }

    [Fact]
    public async Task G4_who_loses_the_server_loses_its_threads_and_those_opened_at_that_moment_too()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.PersonAsync("guest");
        for (var round = 0; round < 5; round++)
        {
            await world.JoinAsync(room, guest);
            var client = new ChannelClient(world.B.CreateClient(guest.Token), room.Channel);
            var messages = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => room.SendAsync($"{i}")));
            var opening = messages.Select(message => room.OpenThreadAsync(message.Id, new { name = "raced" })).ToArray();
            Assert.Equal(HttpStatusCode.NoContent, await world.ExpelAsync(room, guest, ban: false));
            var threads = await Task.WhenAll((await Task.WhenAll(opening)).Select(answer => answer.ReadAsync<ThreadView>()));

            Assert.Equal(1, await Sql.ScalarAsync<long>(
                world.Database, "select count(distinct access_rev) from channels where id = $1 or parent = $1", room.Channel));
            foreach (var thread in threads)
            {
                using var refused = await new ChannelClient(client.Http, thread.Id).PostAsync(new { content = "no", nonce = "n" });
                await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
            }
        }
    }

    private Task LetTimePassAsync(Guid thread) => Sql.RunAsync(world.Database, "update threads set due_at = now() - interval '1 second' where id = $1", thread);

    private Task<long> RevisionAsync(Guid channel) => Sql.ScalarAsync<long>(world.Database, "select rev from channels where id = $1", channel);

    private Task<long> LeftAsync(Guid channel) => Sql.ScalarAsync<long>(
        world.Database,
        "select (select count(*) from channels where id = $1) + (select count(*) from messages where channel = $1) + (select count(*) from thread_members where thread = $1)",
        channel);

    private async Task RemoveAsync(Func<ChannelRemoval, Task> remove)
    {
        await using var scope = world.B.Services.CreateAsyncScope();
        await remove(scope.ServiceProvider.GetRequiredService<ChannelRemoval>());
    }
}
