using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Threads in conversations: those are their members'.</summary>
public sealed class ConversationThreadTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task What_works_in_a_conversation_works_in_its_threads(int people)
    {
        var friends = await world.FriendsAsync(people);
        var id = (await friends[0].WithAsync(friends[1..])).Id;
        var message = await friends[0].In(id).SendAsync("what about this?");

        using var answer = await friends[1].There(id).OpenThreadAsync(message.Id, new { name = "This" });
        await answer.ExpectAsync(HttpStatusCode.Created);
        var thread = await answer.ReadAsync<ThreadView>();
        Assert.Equal((id, message.Id, friends[1].Id, true), (thread.Channel, thread.Message, thread.Creator, thread.Me));
        using var again = await friends[0].In(id).OpenThreadAsync(message.Id, new { name = "That" });
        await again.ExpectAsync(HttpStatusCode.OK);
        Assert.Equal((thread.Id, "This"), ((await again.ReadAsync<ThreadView>()).Id, (await again.ReadAsync<ThreadView>()).Name));

        var (ada, bob) = (friends[0].In(thread.Id), friends[1].There(thread.Id));
        var first = await ada.SendAsync("first", "n");
        Assert.Equal(first, await friends[0].There(thread.Id).SendAsync("first", "n"));
        var reply = await bob.SendAsync($"<@{friends[0].Id}> @everyone", replyTo: first.Id);
        await ada.EditAsync(first.Id, "edited").ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("❤️:1*", (await ada.ReactAsync(reply.Id, "❤").OkAsync()).ReactionsOf());
        await bob.PinAsync(first.Id).ExpectAsync(HttpStatusCode.NoContent);
        var poll = await bob.AskAsync();
        Assert.Equal("0 1* 0 of 1", (await ada.VoteAsync(poll, 1).OkAsync()).VotesOf());
        await ada.DeleteAsync(reply.Id).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await bob.DeleteAsync(reply.Id).ExpectAsync(HttpStatusCode.NoContent);
        await bob.EditThreadAsync(thread.Id, new { name = "renamed", archived = true }).ExpectAsync(HttpStatusCode.OK);

        foreach (var friend in friends)
        {
            var history = (await friend.In(thread.Id).HistoryAsync()).Items;
            Assert.Equal([first.Id, reply.Id], history.Take(2).Select(one => one.Id));
            Assert.Equal("edited", history[0].Content);
            Assert.Equal("renamed", Assert.Single((await friend.There(id).ThreadsAsync("?state=archived")).Items).Name);
            Assert.Equal("renamed", (await friend.In(id).FindAsync(message.Id)).GetProperty("thread").GetProperty("name").GetString());
            Assert.Single((await friend.A.JsonAsync(ada.Pins())).GetProperty("items").EnumerateArray());
        }

        await ada.SendAsync("wakes it");
        Assert.Null((await ada.FindThreadAsync(thread.Id)).ArchivedAt);
    }

    [Fact]
    public async Task Who_opens_writes_or_is_mentioned_follows_and_only_members_do()
    {
        var friends = await world.FriendsAsync(4);
        var stranger = await world.TalkerAsync();
        var id = (await friends[0].WithAsync(friends[1..])).Id;
        var thread = await friends[0].In(id).ThreadAsync();

        await friends[1].There(thread.Channel).SendAsync($"<@{friends[2].Id}> and <@{stranger.Id}>");
        Assert.Equal(friends[..3].Select(friend => friend.Id).Order(), await MembersAsync(friends[3], thread.Channel));
        await FollowAsync(friends[3], thread.Channel, HttpMethod.Put).ExpectAsync(HttpStatusCode.NoContent);
        await FollowAsync(friends[0], thread.Channel, HttpMethod.Delete).ExpectAsync(HttpStatusCode.NoContent);
        await FollowAsync(stranger, thread.Channel, HttpMethod.Put).ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        Assert.Equal(friends[1..].Select(friend => friend.Id).Order(), await MembersAsync(friends[0], thread.Channel));

        // Who is out follows no more, as far as others see.
        await friends[0].RemovesAsync(id, friends[2]);
        Assert.Equal(new[] { friends[1].Id, friends[3].Id }.Order(), await MembersAsync(friends[0], thread.Channel));
    }

    [Fact]
    public async Task Nobody_manages_threads_there_not_even_the_owner_of_the_group()
    {
        var friends = await world.FriendsAsync(3);
        var id = (await friends[0].WithAsync(friends[1..])).Id;
        var thread = await friends[1].In(id).ThreadAsync();
        foreach (var friend in friends)
        {
            await friend.In(id).EditThreadAsync(thread.Channel, new { locked = true }).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
            await friend.In(id).DeleteThreadAsync(thread.Channel).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
            if (friend != friends[1])
                await friend.In(id).EditThreadAsync(thread.Channel, new { name = "mine" }).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        Assert.Null((await thread.FindThreadAsync(thread.Channel)).Locked);
    }

    [Fact]
    public async Task Before_a_request_is_agreed_to_neither_opens_one_and_whoever_asked_cannot_tell_that_it_was_declined()
    {
        var (asker, asked) = (await world.TalkerAsync("asker"), await world.TalkerAsync("asked"));
        var id = (await asker.WithAsync(asked)).Id;
        var said = await asker.In(id).SendAsync("hello?");
        async Task AskerIsRefusedAsync()
        {
            var mine = asker.There(id);
            foreach (var refused in new[]
            {
                mine.OpenThreadAsync(said.Id, new { name = "n" }), mine.EditAsync(said.Id, "hello!"), mine.PinAsync(said.Id), mine.UnpinAsync(said.Id), mine.PostLaterAsync("later", ScheduledCalls.InADay),
            })
                await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "request_pending");
            await mine.ReactAsync(said.Id, "❤").ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        await AskerIsRefusedAsync();
        await asked.In(id).OpenThreadAsync(said.Id, new { name = "n" }).ExpectProblemAsync(HttpStatusCode.Forbidden, "request_pending");
        await asked.DoesAsync(() => asked.DeleteAsync($"/{id}/request"), HttpStatusCode.NoContent);
        await AskerIsRefusedAsync();
        await asked.In(id).OpenThreadAsync(said.Id, new { name = "n" }).ExpectProblemAsync(HttpStatusCode.Forbidden, "request_pending");
        Assert.Equal(1, (await asked.In(id).ChangesAsync(0)).Rev);

        await asked.DoesAsync(() => asked.PutAsync($"/{id}/request"), HttpStatusCode.OK);
        await asker.In(id).OpenThreadAsync(said.Id, new { name = "n" }).ExpectAsync(HttpStatusCode.Created);
        await asker.In(id).EditAsync(said.Id, "hello!").ExpectAsync(HttpStatusCode.OK);
        await asker.In(id).PostLaterAsync("later", ScheduledCalls.InADay).ExpectAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task While_one_blocks_the_other_neither_does_anything_in_their_threads_and_both_still_read()
    {
        var friends = await world.FriendsAsync(2);
        var id = (await friends[0].WithAsync(friends[1])).Id;
        var thread = await friends[0].In(id).ThreadAsync();
        var said = new[] { (await thread.SendAsync("one")).Id, (await friends[1].There(thread.Channel).SendAsync("other")).Id };
        await world.BlockAsync(friends[0], friends[1]);

        foreach (var (place, friend) in friends.Index())
            await NothingIsDoneAsync(friend, id, thread.Channel, said[place]);
        await world.UnblockAsync(friends[0], friends[1]);
        await friends[1].In(thread.Channel).SendAsync("again");
    }

    [Fact]
    public async Task In_the_threads_of_a_closed_group_nobody_does_anything_and_everybody_reads()
    {
        var friends = await world.FriendsAsync(3);
        var id = (await friends[0].WithAsync(friends[1..])).Id;
        var thread = await friends[1].In(id).ThreadAsync();
        var said = (await thread.SendAsync("mine")).Id;
        await friends[0].ChangesAsync(id, new { closed = true });

        await NothingIsDoneAsync(friends[1], id, thread.Channel, said);
        await friends[0].ChangesAsync(id, new { closed = false });
        await thread.SendAsync("again");
    }

    [Fact]
    public async Task With_the_last_of_a_group_its_threads_go()
    {
        var friends = await world.FriendsAsync(3);
        var id = (await friends[0].WithAsync(friends[1..])).Id;
        var thread = await friends[0].In(id).ThreadAsync();
        await thread.SendAsync("goes too");
        foreach (var friend in friends)
            await friend.RemovesAsync(id, friend);

        using var read = await friends[0].A.GetAsync(thread.Messages, Ending);
        await read.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        await Eventually.HoldsAsync("everything is gone", TimeSpan.FromSeconds(60), async () => 0 == await Sql.ScalarAsync<long>(
            world.Database,
            "select (select count(*) from channels where server_id = $1) + (select count(*) from messages where channel in ($1, $2)) + (select count(*) from threads where parent = $1)",
            id,
            thread.Channel));
    }

    /// <summary>Every way to write is refused, in the thread and to open another, while it can be read.</summary>
    private static async Task NothingIsDoneAsync(Talker friend, Guid conversation, Guid thread, Guid own)
    {
        var client = friend.There(thread);
        var other = (await friend.In(conversation).HistoryAsync()).Items.First(message => message.Content == "opens a thread").Id;
        foreach (var refused in new[]
        {
            client.PostAsync(new { content = "no", nonce = Guid.NewGuid() }), client.EditAsync(own, "no"), client.ReactAsync(own, "❤"), client.PinAsync(own), client.UnpinAsync(own),
            client.PostLaterAsync("no", ScheduledCalls.InADay), client.EditThreadAsync(thread, new { name = "no" }), friend.There(conversation).OpenThreadAsync(other, new { name = "no" }),
        })
            await refused.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        Assert.Contains(own, (await client.HistoryAsync()).Items.Select(message => message.Id));
        Assert.Equal(thread, (await client.FindThreadAsync(thread)).Id);
    }

    private static Task<HttpResponseMessage> FollowAsync(Talker talker, Guid thread, HttpMethod method) =>
        talker.B.SendAsync(new HttpRequestMessage(method, $"/api/v1/threads/{thread}/members/@me"), Ending);

    private static async Task<Guid[]> MembersAsync(Talker talker, Guid thread) =>
        [.. (await talker.A.GetFromJsonAsync<JsonElement>($"/api/v1/threads/{thread}/members", Ending)).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("user").GetGuid()).Order()];
}
