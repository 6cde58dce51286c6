using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Chat.Realtime.Tests;

/// <summary>A thread is a channel to its subscribers, with the permissions of the channel it hangs in.</summary>
public sealed class ThreadTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thread_is_subscribed_by_its_id_and_the_channel_tells_of_it()
    {
        var room = await world.RoomAsync();
        var member = await room.MemberAsync();
        using var channel = await SubscribedAsync(member, room.Channel);
        var message = await room.SayAsync("opens");
        await channel.ExpectAsync("message.sent");
        var thread = await OpenAsync(room, message.Id);
        var changed = await channel.ExpectAsync("thread.changed");
        using var socket = await SubscribedAsync(member, thread);

        var said = await room.Owner.Rest.SendAsync(thread, "inside", cancel: Cancel);

        Assert.Equal(thread, changed.GetProperty("d").GetProperty("thread").GetProperty("id").GetGuid());
        var frame = await socket.ExpectAsync("message.sent");
        Assert.Equal((thread, said.Rev), (frame.GetProperty("channel").GetGuid(), frame.GetProperty("rev").GetInt64()));
        Assert.Equal("thread_started", (await channel.ExpectAsync("message.sent")).GetProperty("d").GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData("is kicked")]
    [InlineData("cannot see the channel any more")]
    public async Task G4_nothing_of_a_thread_arrives_and_nothing_is_taken_after_it_is_answered_that_somebody(string loses)
    {
        var room = await world.RoomAsync();
        var member = await room.MemberAsync();
        var thread = await OpenAsync(room, (await room.SayAsync("opens")).Id);
        using var here = await SubscribedAsync(member, thread, world.A);
        using var there = await SubscribedAsync(member, thread, world.B);
        using var kept = await SubscribedAsync(room.Owner, thread, world.B);
        await member.Rest.SendAsync(thread, "before", cancel: Cancel);
        foreach (var socket in new[] { here, there, kept })
            await socket.ExpectAsync("message.sent");

        using var servers = world.Servers.CreateClient(room.Owner.Account.Token);
        using var lost = loses == "is kicked"
            ? await servers.DeleteAsync($"/api/v1/servers/{room.Server}/members/{member.Account.Id}", Cancel)
            : await servers.PatchAsJsonAsync($"/api/v1/channels/{room.Channel}", new { @private = true }, Cancel);
        Assert.True(lost.IsSuccessStatusCode, await lost.Content.ReadAsStringAsync(Cancel));
        await room.Owner.Rest.SendAsync(thread, "after", cancel: Cancel);

        foreach (var socket in new[] { here, there })
        {
            var ended = await socket.ExpectAsync("unsubscribed");
            Assert.Equal(("access_lost", thread), (ended.GetProperty("d").GetProperty("reason").GetString(), ended.GetProperty("channel").GetGuid()));
        }

        Assert.Equal("after", (await kept.ExpectAsync("message.sent")).GetProperty("d").GetProperty("content").GetString());
        using var messaging = world.Messaging.CreateClient(member.Account.Token);
        using var refused = await messaging.PostAsJsonAsync($"/api/v1/channels/{thread}/messages", new { content = "no", nonce = "n" }, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        await here.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = thread }));
        await here.ExpectErrorAsync("channel_not_found");
    }

    [Fact]
    public async Task A_deleted_thread_is_unsubscribed_and_its_channel_is_not()
    {
        var room = await world.RoomAsync();
        var member = await room.MemberAsync();
        var thread = await OpenAsync(room, (await room.SayAsync("opens")).Id);
        using var socket = await SubscribedAsync(member, thread);
        using var channel = await SubscribedAsync(member, room.Channel, world.B);

        using var messaging = world.Messaging.CreateClient(room.Owner.Account.Token);
        using var deleted = await messaging.DeleteAsync($"/api/v1/threads/{thread}", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);

        Assert.Equal(thread, (await socket.ExpectAsync("unsubscribed")).GetProperty("channel").GetGuid());
        Assert.False((await channel.ExpectAsync("thread.changed")).GetProperty("d").TryGetProperty("thread", out _));
        await room.SayAsync("goes on");
        await channel.ExpectAsync("message.sent");
    }

    private async Task<Guid> OpenAsync(Room room, Guid message)
    {
        using var messaging = world.Messaging.CreateClient(room.Owner.Account.Token);
        using var answer = await messaging.PostAsJsonAsync($"/api/v1/channels/{room.Channel}/messages/{message}/thread", new { name = "thread" }, Cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetGuid();
    }

    private async Task<RawSocket> SubscribedAsync(Person person, Guid channel, Stores.RunningService<RealtimeService>? replica = null)
    {
        var socket = await (await person.RawAsync(replica ?? world.A)).IdentifyAsync();
        await socket.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel }));
        await socket.ExpectAsync("subscribed");
        return socket;
    }
}
