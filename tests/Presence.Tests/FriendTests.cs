using System.Net;
using Chat.Stores;

namespace Chat.Presence.Tests;

public sealed class FriendTests(World world)
{
    [Fact]
    public async Task A_request_is_seen_by_both_and_becomes_a_friendship_of_both_when_it_is_accepted()
    {
        var (ada, bob) = await world.TwoAsync();
        await using var heard = await Heard.OpenAsync(world);

        var asked = await ada.AskAsync(bob);
        Assert.Equal((bob.Id, bob.Username, "bob", "outgoing"), (asked.User.Id, asked.User.Username, asked.User.DisplayName, asked.State));
        Assert.Equal([asked], await ada.OutgoingAsync());
        var asking = Assert.Single(await bob.IncomingAsync());
        Assert.Equal((ada.Id, ada.Username, "ada", "incoming", asked.Since), (asking.User.Id, asking.User.Username, asking.User.DisplayName, asking.State, asking.Since));
        Assert.Empty((RelationView[])[.. await ada.IncomingAsync(), .. await bob.OutgoingAsync(), .. await ada.FriendsAsync(), .. await bob.FriendsAsync()]);

        var friends = await bob.AcceptAsync(ada);

        Assert.Equal((ada.Id, "friends"), (friends.User.Id, friends.State));
        Assert.InRange(friends.Since, asked.Since, DateTimeOffset.UtcNow);
        Assert.Equal([friends], await bob.FriendsAsync());
        Assert.Equal((bob.Id, "friends", friends.Since), Assert.Single(await ada.FriendsAsync()) is var seen ? (seen.User.Id, seen.State, seen.Since) : default);
        Assert.Equal([$"friends:{bob.Id}"], await ada.RelationsAsync());
        Assert.Equal([$"friends:{ada.Id}"], await bob.RelationsAsync());

        await heard.ExpectAsync(ada.Id, "FriendRequested", "FriendAccepted");
        var accepted = (await heard.OfAsync(ada.Id))[1].Body;
        Assert.Equal((ada.Id, bob.Id), (accepted.GetProperty("from").GetGuid(), accepted.GetProperty("to").GetGuid()));
        await Eventually.HoldsAsync("messaging knows", TimeSpan.FromSeconds(60), async () => await world.MessagingHasFriendsAsync(ada.Id, bob.Id) is true);
    }

    [Fact]
    public async Task Somebody_can_be_asked_by_name_in_any_case_or_by_id_and_the_answer_stays_the_same()
    {
        var (ada, bob) = await world.TwoAsync();
        await using var heard = await Heard.OpenAsync(world);

        using var byId = await ada.SendAsync(HttpMethod.Post, Somebody.Requests, new { user = bob.Id });
        using var byName = await ada.At(world.B).SendAsync(HttpMethod.Post, Somebody.Requests, new { username = bob.Username.ToUpperInvariant() });
        await byId.ExpectAsync(HttpStatusCode.Created);
        await byName.ExpectAsync(HttpStatusCode.Created);
        var asked = await byId.ReadAsync<RelationView>();
        Assert.Equal($"{Somebody.Requests}/{bob.Id}", byId.Headers.Location?.OriginalString);
        Assert.Equal(asked, await byName.ReadAsync<RelationView>());

        var friends = await bob.AcceptAsync(ada);
        Assert.Equal(friends, await bob.AcceptAsync(ada));
        var again = await ada.AskAsync(bob);
        Assert.Equal((bob.Id, "friends", friends.Since), (again.User.Id, again.State, again.Since));
        await heard.ExpectAsync(ada.Id, "FriendRequested", "FriendAccepted");
    }

    [Fact]
    public async Task Who_asks_somebody_that_has_asked_them_accepts()
    {
        var (ada, bob) = await world.TwoAsync();
        await ada.AskAsync(bob);

        var friends = await bob.AskAsync(ada);

        Assert.Equal((ada.Id, "friends"), (friends.User.Id, friends.State));
        Assert.Equal([$"friends:{bob.Id}"], await ada.RelationsAsync());
        Assert.Equal([$"friends:{ada.Id}"], await bob.RelationsAsync());
    }

    [Fact]
    public async Task Two_who_ask_each_other_at_the_same_moment_end_as_one_friendship()
    {
        await using var heard = await Heard.OpenAsync(world);
        for (var round = 0; round < 8; round++)
        {
            var (ada, bob) = await world.TwoAsync();

            var answers = await Task.WhenAll(ada.AskAsync(bob), bob.AskAsync(ada), ada.At(world.B).AskAsync(bob), bob.At(world.A).AskAsync(ada));

            Assert.Contains("friends", answers.Select(answer => answer.State));
            Assert.DoesNotContain("incoming", answers.Select(answer => answer.State));
            Assert.Equal([$"friends:{bob.Id}"], await ada.RelationsAsync());
            Assert.Equal([$"friends:{ada.Id}"], await bob.RelationsAsync());
            await heard.ExpectAsync(ada.Id, "FriendRequested", "FriendAccepted");
        }
    }

    [Fact]
    public async Task A_request_is_declined_or_withdrawn_once_and_for_all_and_can_be_made_anew()
    {
        var (ada, bob) = await world.TwoAsync();
        await using var heard = await Heard.OpenAsync(world);
        await ada.AskAsync(bob);
        for (var repeat = 0; repeat < 2; repeat++)
            await bob.DoAsync(HttpMethod.Delete, Somebody.Request(ada));
        Assert.Empty(await ada.RelationsAsync());

        await ada.AskAsync(bob);
        for (var repeat = 0; repeat < 2; repeat++)
            await ada.DoAsync(HttpMethod.Delete, Somebody.Request(bob));

        Assert.Empty(await bob.RelationsAsync());
        using var late = await bob.SendAsync(HttpMethod.Put, Somebody.Request(ada));
        await late.ExpectProblemAsync(HttpStatusCode.NotFound, "request_not_found");
        await heard.ExpectAsync(ada.Id, "FriendRequested", "FriendRequestEnded", "FriendRequested", "FriendRequestEnded");
        Assert.Equal([bob.Id, ada.Id], (await heard.OfAsync(ada.Id)).Where(told => told.Type == "FriendRequestEnded").Select(told => told.Body.GetProperty("by").GetGuid()));
    }

    [Fact]
    public async Task Only_who_was_asked_can_accept()
    {
        var (ada, bob) = await world.TwoAsync();
        var eve = await world.PersonAsync("eve");
        await ada.AskAsync(bob);

        foreach (var (who, whose) in new[] { (ada, bob), (eve, ada), (eve, bob), (bob, eve), (bob, bob) })
        {
            using var refused = await who.SendAsync(HttpMethod.Put, Somebody.Request(whose));
            await refused.ExpectProblemAsync(HttpStatusCode.NotFound, "request_not_found");
        }

        using var nobody = await bob.SendAsync(HttpMethod.Put, $"{Somebody.Requests}/{Guid.NewGuid()}");
        await nobody.ExpectProblemAsync(HttpStatusCode.NotFound, "request_not_found");
        Assert.Equal([$"incoming:{ada.Id}"], await bob.RelationsAsync());
    }

    [Fact]
    public async Task Accepting_and_withdrawing_at_the_same_moment_leaves_a_friendship_or_nothing()
    {
        for (var round = 0; round < 8; round++)
        {
            var (ada, bob) = await world.TwoAsync();
            await ada.AskAsync(bob);

            var accepting = bob.SendAsync(HttpMethod.Put, Somebody.Request(ada));
            await ada.DoAsync(HttpMethod.Delete, Somebody.Request(bob));
            using var accepted = await accepting;

            var friends = accepted.StatusCode == HttpStatusCode.OK;
            if (!friends)
                await accepted.ExpectProblemAsync(HttpStatusCode.NotFound, "request_not_found");
            Assert.Equal(friends ? [$"friends:{bob.Id}"] : [], await ada.RelationsAsync());
            Assert.Equal(friends ? [$"friends:{ada.Id}"] : [], await bob.RelationsAsync());
        }
    }

    [Fact]
    public async Task Either_ends_a_friendship_for_both()
    {
        await using var heard = await Heard.OpenAsync(world);
        var (ada, bob) = await world.FriendsAsync();

        await Task.WhenAll(ada.DoAsync(HttpMethod.Delete, Somebody.Friend(bob)), bob.DoAsync(HttpMethod.Delete, Somebody.Friend(ada)));
        await ada.DoAsync(HttpMethod.Delete, Somebody.Friend(bob));
        await ada.DoAsync(HttpMethod.Delete, Somebody.Friend(ada));
        await ada.DoAsync(HttpMethod.Delete, $"/api/v1/friends/{Guid.NewGuid()}");

        Assert.Empty((string[])[.. await ada.RelationsAsync(), .. await bob.RelationsAsync()]);
        await heard.ExpectAsync(ada.Id, "FriendRequested", "FriendAccepted", "FriendRemoved");
        await Eventually.HoldsAsync("messaging knows", TimeSpan.FromSeconds(60), async () => await world.MessagingHasFriendsAsync(ada.Id, bob.Id) is false);
    }

    [Fact]
    public async Task G2_a_request_that_is_repeated_with_its_key_on_another_replica_is_made_once()
    {
        var (ada, bob) = await world.TwoAsync();
        await using var heard = await Heard.OpenAsync(world);

        var asked = await Task.WhenAll(ada.AskAsync(bob, "key"), ada.At(world.B).AskAsync(bob, "key"));
        await bob.DoAsync(HttpMethod.Delete, Somebody.Request(ada));
        var late = await ada.AskAsync(bob, "key");

        Assert.Equal(asked[0], asked[1]);
        Assert.Equal(asked[0], late);
        Assert.Empty(await bob.RelationsAsync());
        await heard.ExpectAsync(ada.Id, "FriendRequested", "FriendRequestEnded");
        using var other = await ada.SendAsync(HttpMethod.Post, Somebody.Requests, new { user = bob.Id }, "key");
        await other.ExpectProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }
}
