using System.Net;
using System.Text.Json.Nodes;
using Chat.Stores;

namespace Chat.Presence.Tests;

public sealed class BlockTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_block_ends_the_friendship_for_both_and_its_end_does_not_bring_it_back()
    {
        await using var heard = await Heard.OpenAsync(world);
        var (ada, bob) = await world.FriendsAsync();

        for (var repeat = 0; repeat < 2; repeat++)
            await ada.BlockAsync(bob);

        var blocked = Assert.Single(await ada.BlocksAsync());
        Assert.Equal((bob.Id, bob.Username, "blocked"), (blocked.User.Id, blocked.User.Username, blocked.State));
        Assert.Equal([$"blocked:{bob.Id}"], await ada.RelationsAsync());
        Assert.Empty(await bob.RelationsAsync());

        for (var repeat = 0; repeat < 2; repeat++)
            await ada.UnblockAsync(bob);

        Assert.Empty((string[])[.. await ada.RelationsAsync(), .. await bob.RelationsAsync()]);
        Assert.Equal("outgoing", (await bob.AskAsync(ada)).State);
        var told = await Told();
        Assert.Equal(["FriendRequested", "FriendAccepted", "FriendRemoved", "UserBlocked", "UserUnblocked", "FriendRequested"], told.Select(one => one.Type));
        Assert.Equal(told[2].Body.GetProperty("rev").GetInt64(), told[3].Body.GetProperty("rev").GetInt64());
        Assert.Equal((ada.Id, bob.Id), (told[3].Body.GetProperty("blocker").GetGuid(), told[3].Body.GetProperty("blocked").GetGuid()));
        Assert.Equal((ada.Id, bob.Id), (told[4].Body.GetProperty("blocker").GetGuid(), told[4].Body.GetProperty("blocked").GetGuid()));

        async Task<List<(string Type, System.Text.Json.JsonElement Body)>> Told()
        {
            await Eventually.HoldsAsync("six events", TimeSpan.FromSeconds(60), async () => (await heard.OfAsync(ada.Id)).Count >= 6);
            return [.. (await heard.OfAsync(ada.Id)).OrderBy(one => one.Body.GetProperty("rev").GetInt64()).ThenBy(one => one.Type, StringComparer.Ordinal)];
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_block_ends_the_request_whoever_made_it(bool own)
    {
        var (ada, bob) = await world.TwoAsync();
        await (own ? ada.AskAsync(bob) : bob.AskAsync(ada));

        await ada.BlockAsync(bob);

        Assert.Equal([$"blocked:{bob.Id}"], await ada.RelationsAsync());
        Assert.Empty(await bob.RelationsAsync());
        using var late = await bob.SendAsync(HttpMethod.Put, Somebody.Request(ada));
        await late.ExpectProblemAsync(HttpStatusCode.NotFound, "request_not_found");
    }

    [Fact]
    public async Task Who_is_blocked_gets_the_answer_that_anybody_gets_of_nobody()
    {
        var (ada, bob) = await world.TwoAsync();
        await ada.BlockAsync(bob);

        var answers = new List<string>();
        foreach (var body in new object[] { new { username = ada.Username }, new { user = ada.Id }, new { username = "nobody.at_all" }, new { user = Guid.NewGuid() } })
        {
            using var response = await bob.SendAsync(HttpMethod.Post, Somebody.Requests, body);
            await response.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
            // Every answer names its own trace.
            var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(Ending))?.AsObject();
            problem?.Remove("traceId");
            answers.Add($"{problem} {string.Join(' ', response.Headers.Where(header => header.Key != "Date").Select(header => $"{header.Key}={string.Join(',', header.Value)}"))}");
        }

        Assert.Single(answers.Distinct());
        using var blocker = await ada.TryAskAsync(bob);
        await blocker.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
    }

    [Fact]
    public async Task Two_may_block_each_other_and_either_block_stands_by_itself()
    {
        var (ada, bob) = await world.TwoAsync();

        await Task.WhenAll(ada.BlockAsync(bob), bob.BlockAsync(ada));
        await ada.UnblockAsync(bob);

        Assert.Empty(await ada.RelationsAsync());
        Assert.Equal([$"blocked:{ada.Id}"], await bob.RelationsAsync());
        using var refused = await ada.TryAskAsync(bob);
        await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
        Assert.Equal((false, true), (await world.MessagingHasBlockAsync(ada.Id, bob.Id), await world.MessagingHasBlockAsync(bob.Id, ada.Id)));
    }

    [Fact]
    public async Task G4_messaging_knows_of_a_block_and_of_its_end_before_they_are_answered()
    {
        var (ada, bob) = await world.TwoAsync();
        await using var heard = await Heard.OpenAsync(world);
        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(ada.BlockAsync(bob), ada.At(world.B).BlockAsync(bob));
            Assert.True(await world.MessagingHasBlockAsync(ada.Id, bob.Id));
            // And its event stands in every queue.
            Assert.Equal(round + 1, (await heard.OfAsync(ada.Id)).Count(told => told.Type == "UserBlocked"));

            await Task.WhenAll(ada.UnblockAsync(bob), ada.At(world.B).UnblockAsync(bob));
            Assert.False(await world.MessagingHasBlockAsync(ada.Id, bob.Id));
        }

        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from unsettled_blocks where blocker = $1", ada.Id));
    }

    [Fact]
    public async Task G4_whoever_asks_or_accepts_while_they_are_blocked_is_no_friend_once_the_block_is_answered()
    {
        for (var round = 0; round < 8; round++)
        {
            var (ada, bob) = await world.TwoAsync();
            await ada.AskAsync(bob);

            var (accepting, asking) = (bob.SendAsync(HttpMethod.Put, Somebody.Request(ada)), bob.At(world.A).TryAskAsync(ada));
            await ada.BlockAsync(bob);
            using var accepted = await accepting;
            using var asked = await asking;

            Assert.Contains(accepted.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.NotFound });
            Assert.Contains(asked.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.NotFound });
            Assert.Equal([$"blocked:{bob.Id}"], await ada.RelationsAsync());
            Assert.Empty(await bob.RelationsAsync());
            // Where they were friends for a moment, it hears of that and of the end; where they were not, of nothing.
            var befriended = accepted.StatusCode == HttpStatusCode.OK || (asked.StatusCode == HttpStatusCode.Created && (await asked.ReadAsync<RelationView>()).State == "friends");
            await Eventually.HoldsAsync(
                "messaging has no friends there", TimeSpan.FromSeconds(60), async () => await world.MessagingHasFriendsAsync(ada.Id, bob.Id) == (befriended ? false : (bool?)null));
        }
    }

    [Fact]
    public async Task G2_a_block_that_is_repeated_with_its_key_does_not_come_back_after_its_end()
    {
        var (ada, bob) = await world.TwoAsync();
        await ada.DoAsync(HttpMethod.Put, Somebody.Block(bob), "key");
        await ada.UnblockAsync(bob);

        await ada.At(world.B).DoAsync(HttpMethod.Put, Somebody.Block(bob), "key");

        Assert.Empty(await ada.BlocksAsync());
        Assert.False(await world.MessagingHasBlockAsync(ada.Id, bob.Id));
    }
}
