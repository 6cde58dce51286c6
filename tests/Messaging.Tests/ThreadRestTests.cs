using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Threads in which nothing is said come to rest.</summary>
public sealed class ThreadRestTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

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
    public async Task A_thread_that_cannot_be_archived_hinders_no_other()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database);
        var room = await world.OpenRoomAsync();
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        var threads = new List<ChannelClient>();
        for (var i = 0; i < 3; i++)
            threads.Add(await client.ThreadAsync());
        await Sql.RunAsync(
            database,
            """
            create table held (thread uuid);
            create function refuse() returns trigger language plpgsql as $$ begin if exists (select from held where thread = old.id) then raise exception 'not now'; end if; return new; end $$;
            create trigger refuse before update of archived_at on threads for each row execute function refuse();
            """);
        await Sql.RunAsync(database, "insert into held values ($1)", threads[0].Channel);
        await Sql.RunAsync(database, "update threads set due_at = now() - case when id = $1 then interval '1 hour' else interval '1 second' end", threads[0].Channel);

        await Eventually.HoldsAsync("two rest", Patience, async () => (await client.ThreadsAsync()).Items.Length == 1);
        Assert.Equal([threads[0].Channel], (await client.ThreadsAsync()).Items.Select(thread => thread.Id));
        await Sql.RunAsync(database, "delete from held");
        await Eventually.HoldsAsync("the third rests", Patience, async () => (await client.ThreadsAsync()).Items.Length == 0);
    }

    private Task LetTimePassAsync(Guid thread) => Sql.RunAsync(world.Database, "update threads set due_at = now() - interval '1 second' where id = $1", thread);
}
