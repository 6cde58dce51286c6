using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>Who is out of a conversation is out of its threads.</summary>
public sealed class ConversationThreadLossTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("is removed")]
    [InlineData("leaves")]
    public async Task G4_nothing_in_a_thread_can_be_read_or_done_by_who(string loses)
    {
        var friends = await world.FriendsAsync(3);
        var (owner, loser) = (friends[0], friends[1]);
        var id = (await owner.WithAsync(loser, friends[2])).Id;
        var thread = await loser.In(id).ThreadAsync();
        var opened = (await thread.FindThreadAsync(thread.Channel)).Message;
        var (own, poll) = ((await thread.SendAsync("mine")).Id, await thread.AskAsync());
        await owner.In(thread.Channel).SendAsync($"<@{loser.Id}>");
        await thread.Http.PutAsJsonAsync($"/api/v1/channels/{thread.Channel}/draft", new { content = "begun" }, Ending).ExpectAsync(HttpStatusCode.OK);
        await thread.ScheduleAsync("too late", ScheduledCalls.InADay);
        await LoseAsync(loses, owner, loser, id);

        var (at, there) = ($"/api/v1/channels/{thread.Channel}", loser.There(thread.Channel));
        string[] reads =
        [
            there.Messages, $"{there.Messages}/{own}", $"{there.Messages}/{own}/edits", $"{there.Changes}?after=0", there.Pins(), there.Reactions(own, "❤"), $"{there.Messages}/{poll}/poll/votes/0",
            $"/api/v1/threads/{thread.Channel}", $"/api/v1/threads/{thread.Channel}/members", $"/api/v1/channels/{id}/threads", $"{loser.In(id).Messages}/{opened}",
        ];
        foreach (var read in reads)
            await loser.B.GetAsync(read, Ending).ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        Task<HttpResponseMessage>[] acts =
        [
            there.PostAsync(new { content = "no", nonce = "n" }), there.EditAsync(own, "no"), there.DeleteAsync(own), there.ReactAsync(own, "❤"), there.UnreactAsync(own, "❤"), there.PinAsync(own),
            there.VoteAsync(poll, 0), there.CloseAsync(poll), there.PostLaterAsync("no", ScheduledCalls.InADay), there.EditThreadAsync(thread.Channel, new { name = "no" }), there.DeleteThreadAsync(thread.Channel),
            loser.B.PutAsJsonAsync($"{at}/draft", new { content = "no" }, Ending), loser.B.PutAsJsonAsync($"{at}/read", new { seq = 1 }, Ending), loser.B.PutAsJsonAsync($"{at}/mute", new { }, Ending),
            loser.B.PutAsync($"/api/v1/threads/{thread.Channel}/members/@me", null, Ending), loser.B.DeleteAsync($"/api/v1/threads/{thread.Channel}/members/@me", Ending),
            loser.In(id).OpenThreadAsync(opened, new { name = "no" }),
        ];
        foreach (var act in acts)
            await act.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");

        foreach (var list in new[] { "drafts", "mentions", "read-states", "search?q=mine" })
            Assert.DoesNotContain(thread.Channel.ToString(), (await loser.A.JsonAsync($"/api/v1/{list}")).GetRawText(), StringComparison.Ordinal);
        await ScheduledCalls.MakeDueAsync(world.Database, thread);
        await thread.FailsLaterAsync("channel_not_found");
        Assert.DoesNotContain("too late", (await owner.In(thread.Channel).HistoryAsync()).Items.Select(message => message.Content));

        // Back in the group, they have it as before.
        await world.BefriendAsync(owner, loser);
        await owner.AddsAsync(id, loser);
        await there.EditAsync(own, "again").ExpectAsync(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("is removed")]
    [InlineData("leaves")]
    [InlineData("finds it closed")]
    [InlineData("is blocked")]
    public async Task G4_of_40_racing_sends_in_a_thread_none_is_stored_after_it_is_answered_that_their_author(string loses)
    {
        var friends = await world.FriendsAsync(3);
        var (owner, racer) = (friends[0], friends[1]);
        for (var round = 0; round < 4; round++)
        {
            using var begun = await owner.BeginAsync(new { users = loses is "is blocked" ? [racer.Id] : new[] { racer.Id, friends[2].Id } });
            var id = (await begun.ReadAsync<ConversationView>()).Id;
            var thread = (await owner.In(id).ThreadAsync()).Channel;
            var stored = new ConcurrentQueue<long>();
            var senders = Enumerable.Range(0, 40).Select(async sender =>
            {
                while (true)
                {
                    using var answer = await (sender % 2 == 0 ? racer.In(thread) : racer.There(thread)).PostAsync(new { content = "racing", nonce = Guid.NewGuid() });
                    if (answer.StatusCode != HttpStatusCode.Created)
                    {
                        Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden, await answer.Content.ReadAsStringAsync(Ending));
                        return;
                    }

                    stored.Enqueue((await answer.ReadAsync<MessageView>()).Rev);
                }
            }).ToArray();
            await Eventually.HoldsAsync("sends are under way", Patience, () => Task.FromResult(stored.Count > 10 * round));

            await LoseAsync(loses, owner, racer, id);
            var rev = await RevisionAsync(thread);
            await Task.WhenAll(senders).WaitAsync(Patience, Ending);

            Assert.Equal(rev, await RevisionAsync(thread));
            Assert.Equal(rev, stored.Count);
            await world.UnblockAsync(owner, racer);
        }
    }

    [Fact]
    public async Task G4_threads_that_are_opened_at_that_moment_have_the_fence_too()
    {
        var friends = await world.FriendsAsync(3);
        var (owner, loser) = (friends[0], friends[1]);
        for (var round = 0; round < 5; round++)
        {
            var id = (await owner.WithAsync(loser, friends[2])).Id;
            var messages = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => owner.In(id).SendAsync($"{i}")));
            var opening = messages.Select((message, i) => (i % 2 == 0 ? owner.In(id) : loser.There(id)).OpenThreadAsync(message.Id, new { name = "raced" })).ToArray();
            await owner.RemovesAsync(id, loser);
            var answers = await Task.WhenAll(opening);
            Assert.All(answers.Where((_, i) => i % 2 == 0), answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));

            Assert.Equal(1, await Sql.ScalarAsync<long>(world.Database, "select count(distinct access_rev) from channels where server_id = $1", id));
            foreach (var thread in (await owner.In(id).ThreadsAsync()).Items)
                await loser.In(thread.Id).PostAsync(new { content = "no", nonce = "n" }).ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        }
    }

    private Task LoseAsync(string loses, Talker owner, Talker loser, Guid conversation) => loses switch
    {
        "is removed" => owner.RemovesAsync(conversation, loser),
        "leaves" => loser.RemovesAsync(conversation, loser),
        "is blocked" => world.BlockAsync(owner, loser),
        _ => owner.ChangesAsync(conversation, new { closed = true }),
    };

    private Task<long> RevisionAsync(Guid channel) => Sql.ScalarAsync<long>(world.Database, "select rev from channels where id = $1", channel);
}
