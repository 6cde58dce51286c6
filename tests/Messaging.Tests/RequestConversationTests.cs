using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>People who are neither friends nor share a server ask to talk.</summary>
public sealed class RequestConversationTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stranger_s_conversation_is_a_request_apart_from_the_others_until_it_is_accepted()
    {
        var (asker, asked) = await StrangersAsync();
        var begun = await asker.WithAsync(asked);
        Assert.Equal(asker.Id, begun.RequestedBy);
        Assert.Equal([begun.Id], await asker.ListedAsync());
        Assert.Empty(await asker.ListedAsync("?state=requests"));
        Assert.Empty(await asked.ListedAsync());
        Assert.Equal([begun.Id], await asked.ListedAsync("?state=requests"));

        for (var repeat = 0; repeat < 2; repeat++)
        {
            using var accepted = await asked.PutAsync($"/{begun.Id}/request");
            await accepted.ExpectAsync(HttpStatusCode.OK);
            Assert.Null((await accepted.ReadAsync<ConversationView>()).RequestedBy);
        }

        Assert.Equal([begun.Id], await asked.ListedAsync("?state=open"));
        Assert.Empty(await asked.ListedAsync("?state=requests"));
        Assert.Null((await asker.SeesAsync(begun.Id)).RequestedBy);
        for (var i = 0; i < 7; i++)
            await asker.In(begun.Id).SendAsync($"{i}");
    }

    [Theory]
    [InlineData("friends")]
    [InlineData("a server")]
    public async Task Those_who_have_something_in_common_need_not_ask(string common)
    {
        var (asker, asked) = await StrangersAsync();
        if (common == "friends")
            await world.BefriendAsync(asked, asker);
        else
            await world.JoinAsync(await world.OpenRoomAsync(asked.Account), asker.Account);

        Assert.Null((await asker.WithAsync(asked)).RequestedBy);
        Assert.Single(await asked.ListedAsync());
    }

    [Fact]
    public async Task Of_30_racing_messages_over_two_replicas_an_asker_gets_5_stored_and_each_again_by_its_nonce()
    {
        var (asker, asked) = await StrangersAsync();
        var id = (await asker.WithAsync(asked)).Id;

        var sends = await Task.WhenAll(Enumerable.Range(0, 30).Select(async i =>
        {
            using var answer = await (i % 2 == 0 ? asker.In(id) : asker.There(id)).PostAsync(new { content = $"{i}", nonce = $"{i}" });
            if (answer.StatusCode == HttpStatusCode.Created)
                return await answer.ReadAsync<MessageView>();
            await answer.ExpectProblemAsync(HttpStatusCode.Forbidden, "request_pending");
            return null;
        }));

        Assert.Equal([1, 2, 3, 4, 5], sends.OfType<MessageView>().Select(message => message.Seq).Order());
        Assert.Equal(5, (await asked.In(id).HistoryAsync()).Items.Length);
        var first = sends.OfType<MessageView>().First();
        Assert.Equal(first, await asker.In(id).SendAsync(first.Content, first.Nonce));
    }

    [Theory]
    [InlineData("writing")]
    [InlineData("becoming friends")]
    [InlineData("accepting")]
    public async Task Whoever_is_asked_agrees_by(string how)
    {
        var (asker, asked) = await StrangersAsync();
        var id = (await asker.WithAsync(asked)).Id;
        for (var i = 0; i < 5; i++)
            await asker.In(id).SendAsync($"{i}");

        switch (how)
        {
            case "writing":
                Assert.Equal(6, (await asked.There(id).SendAsync("yes")).Seq);
                break;
            case "becoming friends":
                await world.BefriendAsync(asker, asked);
                break;
            default:
                await asked.DoesAsync(() => asked.PutAsync($"/{id}/request"), HttpStatusCode.OK);
                break;
        }

        Assert.Equal("go on", (await asker.There(id).SendAsync("go on")).Content);
        Assert.Equal([id], await asked.ListedAsync());
        Assert.Null((await asked.SeesAsync(id)).RequestedBy);
    }

    [Fact]
    public async Task Who_is_turned_down_cannot_write_any_more_and_is_not_told_why()
    {
        var (asker, asked) = await StrangersAsync();
        var id = (await asker.WithAsync(asked)).Id;
        var said = await asker.In(id).SendAsync("hello?");
        var before = await asker.SeesAsync(id);

        for (var repeat = 0; repeat < 2; repeat++)
            await asked.DoesAsync(() => asked.DeleteAsync($"/{id}/request"), HttpStatusCode.NoContent);

        using var sent = await asker.There(id).PostAsync(new { content = "hello??", nonce = "n" });
        await sent.ExpectProblemAsync(HttpStatusCode.Forbidden, "request_pending");
        Assert.Equivalent(before, await asker.SeesAsync(id), strict: true);
        Assert.Equal([id], await asker.ListedAsync());
        using var again = await asker.BeginAsync(new { users = new[] { asked.Id } });
        await again.ExpectAsync(HttpStatusCode.OK);
        Assert.Empty(await asked.ListedAsync());
        Assert.Empty(await asked.ListedAsync("?state=requests"));
        Assert.NotNull((await asked.SeesAsync(id)).DeclinedAt);
        Assert.Equal(said.Id, Assert.Single((await asker.In(id).HistoryAsync()).Items).Id);

        // Who turned it down may think better of it.
        await asked.In(id).SendAsync("well");
        Assert.Null((await asked.SeesAsync(id)).DeclinedAt);
        await asker.In(id).SendAsync("hello!");
    }

    [Fact]
    public async Task G4_of_50_racing_sends_none_is_stored_after_it_is_answered_that_the_request_is_declined()
    {
        var (asker, asked) = await StrangersAsync();
        for (var round = 0; round < 5; round++)
        {
            var id = (await asker.WithAsync(asked)).Id;
            var sends = Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? asker.In(id) : asker.There(id)).PostAsync(new { content = "racing", nonce = $"{i}" })).ToArray();
            await asked.DoesAsync(() => asked.DeleteAsync($"/{id}/request"), HttpStatusCode.NoContent);
            var stored = (await asked.In(id).HistoryAsync()).Items.Length;
            await Task.WhenAll(sends);

            Assert.InRange(stored, 0, 5);
            Assert.Equal(stored, (await asked.In(id).HistoryAsync()).Items.Length);
            foreach (var send in sends)
                (await send).Dispose();
            await asked.In(id).SendAsync("enough");
            (asker, asked) = await StrangersAsync();
        }
    }

    [Fact]
    public async Task Whoever_asks_can_neither_accept_nor_decline_nor_do_more_than_write()
    {
        var (asker, asked) = await StrangersAsync();
        var id = (await asker.WithAsync(asked)).Id;

        using var accepted = await asker.PutAsync($"/{id}/request");
        using var declined = await asker.DeleteAsync($"/{id}/request");
        using var peer = world.A.CreateClient(Stores.Accounts.ServiceToken(world.A, "messaging"));
        var asking = await peer.GetFromJsonAsync<System.Text.Json.JsonElement>($"/internal/channels/{id}/permissions/{asker.Id}", Ending);
        await asked.DoesAsync(() => asked.PutAsync($"/{id}/request"), HttpStatusCode.OK);
        using var late = await asked.DeleteAsync($"/{id}/request");
        var agreed = await peer.GetFromJsonAsync<System.Text.Json.JsonElement>($"/internal/channels/{id}/permissions/{asker.Id}", Ending);

        await accepted.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await declined.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await late.ExpectProblemAsync(HttpStatusCode.Conflict, "no_request");
        Assert.Equal(Contracts.Permissions.ViewChannel | Contracts.Permissions.SendMessages, (Contracts.Permissions)asking.GetProperty("permissions").GetInt64());
        Assert.True(((Contracts.Permissions)agreed.GetProperty("permissions").GetInt64()).HasFlag(Contracts.Permissions.Connect | Contracts.Permissions.MentionEveryone));
    }

    [Fact]
    public async Task Requests_are_of_conversations_of_two()
    {
        var friends = await world.FriendsAsync(3);
        var id = (await friends[0].WithAsync(friends[1], friends[2])).Id;

        using var accepted = await friends[1].PutAsync($"/{id}/request");
        using var declined = await friends[1].DeleteAsync($"/{id}/request");

        await accepted.ExpectProblemAsync(HttpStatusCode.Conflict, "not_direct");
        await declined.ExpectProblemAsync(HttpStatusCode.Conflict, "not_direct");
    }

    private async Task<(Talker Asker, Talker Asked)> StrangersAsync() => (await world.TalkerAsync("asker"), await world.TalkerAsync("asked"));
}

/// <summary>How many people one may ask.</summary>
public sealed class RequestLimitConversationTests(LimitedReplicas replicas) : IClassFixture<LimitedReplicas>
{
    [Fact]
    public async Task A_person_asks_20_strangers_at_once_over_both_replicas_and_is_told_when_there_is_room_for_more()
    {
        var begun = new List<Talker>();
        for (var i = 0; i < 21; i++)
            begun.Add(new Talker(await replicas.World.PersonAsync("asked"), replicas.A, replicas.B));
        // The last, for a token lasts five minutes.
        var asker = new Talker(await replicas.World.PersonAsync("asker"), replicas.A, replicas.B);
        foreach (var (place, asked) in begun.Take(20).Index())
        {
            using var answer = await asker.BeginAsync(new { users = new[] { asked.Id } }, place % 2 == 0 ? asker.A : asker.B);
            await answer.ExpectAsync(HttpStatusCode.Created);
        }

        using var refused = await asker.BeginAsync(new { users = new[] { begun[20].Id } });
        var problem = await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Equal("requests", problem.GetProperty("limit").GetString());
        Assert.InRange(refused.Wait(problem), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3));
        // What there is already is no new request, and who has something in common is asked nothing.
        using var known = await asker.BeginAsync(new { users = new[] { begun[0].Id } });
        await known.ExpectAsync(HttpStatusCode.OK);
        await replicas.World.BefriendAsync(asker, begun[20], replicas.A);
        await asker.WithAsync(begun[20]);
    }
}
