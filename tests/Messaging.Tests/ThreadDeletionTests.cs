using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Deleting;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Messaging.Tests;

/// <summary>Threads are deleted, by themselves and with what they hang in.</summary>
public sealed class ThreadDeletionTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deleted_thread_is_gone_with_all_that_was_said_and_its_message_may_have_another()
    {
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync();
        await thread.SendAsync("goes too");
        var message = (await room.FindThreadAsync(thread.Channel)).Message;
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(ThreadDeleted));
        await using var lost = await EventQueue.OpenAsync(world.RabbitMq, nameof(AccessLost));

        using var deleted = await Repeating.ServedAsync(() => room.DeleteThreadAsync(thread.Channel));
        await deleted.ExpectAsync(HttpStatusCode.NoContent);

        using var send = await thread.PostAsync(new { content = "late", nonce = "late" });
        await send.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        using var read = await thread.Http.GetAsync(thread.Messages, Ending);
        await read.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        using var again = await room.DeleteThreadAsync(thread.Channel);
        await again.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        Assert.False((await room.Http.GetFromJsonAsync<JsonElement>($"{room.Messages}/{message}", Ending)).TryGetProperty("thread", out _));
        await Eventually.HoldsAsync("the events", Patience, async () => (await heard.TakeBodiesAsync(body => body.GetProperty("thread").GetGuid() == thread.Channel)).Count > 0);
        await Eventually.HoldsAsync("readers look again", Patience, async () =>
            (await lost.TakeBodiesAsync(body => body.TryGetProperty("channel", out var channel) && channel.GetGuid() == thread.Channel)).Count > 0);
        await Eventually.HoldsAsync("nothing is left of it", Patience, async () => await LeftAsync(thread.Channel) == 0);
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
            using var deleted = await Repeating.ServedAsync(() => room.DeleteThreadAsync(thread.Channel));
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
        using var deleted = await Repeating.ServedAsync(() => room.DeleteThreadAsync(deletedBefore.Channel));
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
