using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>What works in channels works in conversations.</summary>
public sealed class ConversationMessagesTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Messages_are_sent_answered_edited_deleted_and_read_as_in_channels(int people)
    {
        var friends = await world.FriendsAsync(people);
        var id = (await friends[0].WithAsync(friends[1..])).Id;
        var (ada, bob) = (friends[0].In(id), friends[1].There(id));

        var first = await ada.SendAsync("Hello, https://example.org", "first");
        Assert.Equal(first, await friends[0].There(id).SendAsync("Hello, https://example.org", "first"));
        var answer = await bob.SendAsync("Hi", replyTo: first.Id);
        var slip = await bob.SendAsync("Oops");
        using var edited = await bob.Http.PatchAsJsonAsync($"{bob.Messages}/{answer.Id}", new { content = "Hi there", rev = answer.Rev }, Ending);
        await edited.ExpectAsync(HttpStatusCode.OK);
        using var stale = await bob.Http.PatchAsJsonAsync($"{bob.Messages}/{answer.Id}", new { content = "Hi again", rev = answer.Rev }, Ending);
        await stale.ExpectProblemAsync(HttpStatusCode.Conflict, "stale_revision");
        using var foreign = await ada.Http.PatchAsJsonAsync($"{ada.Messages}/{answer.Id}", new { content = "mine" }, Ending);
        await foreign.ExpectProblemAsync(HttpStatusCode.Forbidden, "not_author");
        using var kept = await ada.Http.DeleteAsync($"{ada.Messages}/{slip.Id}", Ending);
        await kept.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        using var deleted = await bob.Http.DeleteAsync($"{bob.Messages}/{slip.Id}", Ending);
        Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync(Ending));

        foreach (var friend in friends)
        {
            var history = (await friend.In(id).HistoryAsync()).Items;
            Assert.Equal(["Hello, https://example.org", "Hi there", ""], history.Select(message => message.Content));
            Assert.Equal([1, 2, 3], history.Select(message => message.Seq));
            Assert.Equal(first.Id, history[1].ReplyTo);
            Assert.NotNull(history[2].DeletedAt);
            var changes = await friend.There(id).ChangesAsync(0);
            Assert.Equal(5, changes.Rev);
            Assert.Equal([1, 4, 5], changes.Items.Select(change => change.Rev));
            Assert.Equal("Hi there", Assert.Single((await friend.In(id).HistoryAsync("?around=2&limit=1")).Items).Content);
        }

        Assert.Equal(2, await Sql.ScalarAsync<long>(world.Database, "select count(*) from read_states where channel = $1 and read_seq > 0", id));
        Assert.Equal([id], await friends[^1].ListedAsync());
    }

    [Fact]
    public async Task Mentions_reach_members_and_everyone_reaches_all_of_a_group()
    {
        var friends = await world.FriendsAsync(3);
        var stranger = await world.TalkerAsync();
        var id = (await friends[0].WithAsync(friends[1], friends[2])).Id;

        using var sent = await friends[1].In(id).PostAsync(new { content = $"<@{friends[2].Id}> <@{stranger.Id}> @everyone", nonce = "n" });
        await sent.ExpectAsync(HttpStatusCode.Created);

        var mentions = (await sent.ReadAsync<JsonElement>()).GetProperty("mentions");
        Assert.Equal([friends[2].Id], mentions.GetProperty("users").EnumerateArray().Select(user => user.GetGuid()));
        Assert.True(mentions.GetProperty("everyone").GetBoolean());
        Assert.Equal(2, await Sql.ScalarAsync<long>(world.Database, "select count(*) from mentions where channel = $1 and target in ($1, $2)", id, friends[2].Id));
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from mentions where target = $1", stranger.Id));
    }

    [Fact]
    public async Task Conversations_are_listed_by_their_newest_message_in_pages()
    {
        var friends = await world.FriendsAsync(8);
        var ids = new List<Guid>();
        foreach (var friend in friends[1..])
            ids.Add((await friends[0].WithAsync(friend)).Id);
        Assert.Equal(Enumerable.Reverse(ids), await friends[0].ListedAsync());
        await friends[3].In(ids[2]).SendAsync("up");
        await friends[0].In(ids[0]).SendAsync("to the top");
        Guid[] expected = [ids[0], ids[2], ids[6], ids[5], ids[4], ids[3], ids[1]];

        var listed = new List<Guid>();
        for (var page = await friends[0].ListAsync("?limit=3"); ; page = await friends[0].ListAsync($"?limit=3&cursor={page.Next}"))
        {
            listed.AddRange(page.Items.Select(conversation => conversation.Id));
            Assert.True(page.Items.Length == 3 || page.Next is null);
            if (page.Next is null)
                break;
        }

        Assert.Equal(expected, listed);
        Assert.Null((await friends[0].ListAsync("?limit=7")).Next);
    }

    [Theory]
    [InlineData("?limit=0", "limit", "out_of_range")]
    [InlineData("?limit=101", "limit", "out_of_range")]
    [InlineData("?limit=x", "limit", "out_of_range")]
    [InlineData("?limit=99999999999999999999", "limit", "out_of_range")]
    [InlineData("?cursor=x", "cursor", "invalid")]
    [InlineData("?cursor=__________________________________________", "cursor", "invalid")]
    [InlineData("?cursor=________________________________", "cursor", "invalid")]
    [InlineData("?cursor=", "cursor", "invalid")]
    [InlineData("?state=closed", "state", "invalid")]
    [InlineData("?state=", "state", "invalid")]
    public async Task A_list_with_bad_input_says_which_field(string query, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var answer = await room.Http.GetAsync(new Uri($"/api/v1/conversations{query}", UriKind.Relative), Ending);

        await answer.ExpectFieldErrorAsync(field, code);
    }
}
