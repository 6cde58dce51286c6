using System.Net.Http.Json;
using System.Text.Json;
using Chat.Client;
using Chat.Stores;

namespace Chat.Realtime.Tests;

/// <summary>Conversations outside of servers, over the socket: messaging itself says who may see them.</summary>
public sealed class ConversationTests(World world)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_said_in_a_conversation_of_two_comes_to_both_and_to_nobody_else()
    {
        var (ada, bob, eve) = (await world.PersonAsync("ada"), await world.PersonAsync("bob"), await world.PersonAsync("eve"));
        await BefriendAsync(ada, bob);
        var conversation = await BeginAsync(ada, bob);
        await using var adas = await SubscribedAsync(ada, conversation, world.A);
        await using var bobs = await SubscribedAsync(bob, conversation, world.B);
        using var eves = await (await eve.RawAsync(world.A)).IdentifyAsync();

        await eves.SendAsync(JsonSerializer.Serialize(new { t = "subscribe", channel = conversation, rev = 0 }));
        await eves.ExpectErrorAsync("channel_not_found");
        await ada.Rest.SendAsync(conversation, "hello", cancel: Cancel);
        await bob.Rest.SendAsync(conversation, "hello yourself", cancel: Cancel);

        await adas.ReachesAsync(conversation, 2);
        await bobs.ReachesAsync(conversation, 2);
        Assert.Equal([1, 2], adas.Revisions(conversation));
        Assert.Equal([1, 2], bobs.Revisions(conversation));
    }

    [Fact]
    public async Task Everybody_in_a_group_is_told_of_it_on_all_their_sockets_without_subscribing()
    {
        var (ada, bob, eve) = (await world.PersonAsync("ada"), await world.PersonAsync("bob"), await world.PersonAsync("eve"));
        await BefriendAsync(ada, bob);
        await BefriendAsync(ada, eve);
        await using var here = await ConnectedAsync(bob, world.A);
        await using var there = await ConnectedAsync(bob, world.B);

        var group = await BeginAsync(ada, bob, eve);
        foreach (var frames in new[] { here, there })
        {
            var told = (await frames.GetsAsync<UnknownFrame>(frame => frame.Type == "conversation.changed")).Frame;
            Assert.Equal(group, told.GetProperty("channel").GetGuid());
            Assert.Equal("group", told.GetProperty("d").GetProperty("kind").GetString());
            Assert.Equal(3, told.GetProperty("d").GetProperty("members").GetArrayLength());
        }

        await RemoveAsync(ada, group, bob);
        foreach (var frames in new[] { here, there })
            await frames.GetsAsync<UnknownFrame>(frame => frame.Type == "conversation.changed" && !(frame.Frame.TryGetProperty("d", out var d) && d.ValueKind == JsonValueKind.Object));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task G4_the_open_socket_of_who_is_out_of_a_group_gets_unsubscribed_and_nothing_more(bool leaves)
    {
        for (var round = 0; round < 5; round++)
        {
            var (ada, bob, eve) = (await world.PersonAsync("ada"), await world.PersonAsync("bob"), await world.PersonAsync("eve"));
            await BefriendAsync(ada, bob);
            await BefriendAsync(ada, eve);
            var group = await BeginAsync(ada, bob, eve);
            await using var bobs = await SubscribedAsync(bob, group, round % 2 == 0 ? world.A : world.B);
            await using var eves = await SubscribedAsync(eve, group, world.A);
            await ada.Rest.SendAsync(group, "before", cancel: Cancel);
            await bobs.ReachesAsync(group, 1);

            var removing = RemoveAsync(leaves ? bob : ada, group, bob);
            while (!removing.IsCompleted)
                await eve.Rest.SendAsync(group, "meanwhile", cancel: Cancel);
            await removing;
            var after = await eve.Rest.SendAsync(group, "after", cancel: Cancel);

            await bobs.GetsAsync<UnsubscribedFrame>(frame => frame.Channel == group);
            await eves.ReachesAsync(group, after.Rev);
            Assert.Equal(Enumerable.Range(1, (int)after.Rev).Select(rev => (long)rev), eves.Revisions(group));
            var kinds = bobs.Events(group).Select(frame => frame.Data.GetProperty("kind").GetString());
            Assert.DoesNotContain(leaves ? "member_left" : "member_removed", kinds);
            Assert.DoesNotContain(after.Rev, bobs.Revisions(group));
            Assert.IsType<UnsubscribedFrame>(bobs.Frames.Last(frame => frame is ChannelEventFrame or UnsubscribedFrame));
        }
    }

    private async Task BefriendAsync(Person one, Person other)
    {
        using var presence = world.Messaging.CreateClient(world.Messaging.ServiceToken("messaging"));
        using var answer = await presence.PutAsync(new Uri($"/internal/friendships/{one.Account.Id}/{other.Account.Id}?rev=1", UriKind.Relative), null, Cancel);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<Guid> BeginAsync(Person owner, params Person[] others)
    {
        using var client = world.Messaging.CreateClient(owner.Account.Token);
        using var answer = await client.PostAsJsonAsync("/api/v1/conversations", new { users = others.Select(other => other.Account.Id) }, Cancel);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetGuid();
    }

    private async Task RemoveAsync(Person by, Guid group, Person member)
    {
        using var client = world.Messaging.CreateClient(by.Account.Token);
        using var answer = await client.DeleteAsync(new Uri($"/api/v1/conversations/{group}/members/{member.Account.Id}", UriKind.Relative), Cancel);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<FrameCollector> ConnectedAsync(Person person, RunningService<RealtimeService> replica)
    {
        var socket = person.Socket(replica);
        await socket.ConnectAsync(Cancel);
        return new FrameCollector(socket);
    }

    private static async Task<FrameCollector> SubscribedAsync(Person person, Guid channel, RunningService<RealtimeService> replica)
    {
        var socket = person.Socket(replica);
        await socket.ConnectAsync(Cancel);
        var frames = new FrameCollector(socket);
        await socket.SubscribeAsync(channel, cancel: Cancel);
        return frames;
    }
}
