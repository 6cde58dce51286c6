using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Threads are renamed and moderated, and stay when what they hang under goes.</summary>
public sealed class ThreadEditTests(World world)
{
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
            var answers = await Task.WhenAll(opening);
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
            var threads = await Task.WhenAll(answers.Select(answer => answer.ReadAsync<ThreadView>()));

            Assert.Equal(1, await Sql.ScalarAsync<long>(
                world.Database, "select count(distinct access_rev) from channels where id = $1 or parent = $1", room.Channel));
            foreach (var thread in threads)
            {
                using var refused = await new ChannelClient(client.Http, thread.Id).PostAsync(new { content = "no", nonce = "n" });
                await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
            }
        }
    }
}
