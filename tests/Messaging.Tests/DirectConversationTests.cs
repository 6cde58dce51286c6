using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>The conversation of two people.</summary>
public sealed class DirectConversationTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_people_have_one_conversation_whoever_starts_it_and_however_often()
    {
        var (ada, bob) = await TwoAsync();

        using var first = await ada.BeginAsync(new { users = new[] { bob.Id } });
        using var again = await ada.BeginAsync(new { users = new[] { bob.Id } }, ada.B);
        using var other = await bob.BeginAsync(new { users = new[] { ada.Id } });

        await first.ExpectAsync(HttpStatusCode.Created);
        await again.ExpectAsync(HttpStatusCode.OK);
        await other.ExpectAsync(HttpStatusCode.OK);
        var begun = await first.ReadAsync<ConversationView>();
        Assert.Equal($"/api/v1/conversations/{begun.Id}", first.Headers.Location?.ToString());
        Assert.Equal("direct", begun.Kind);
        Assert.Equal([(ada.Id, ada.Account.Username, "talker0"), (bob.Id, bob.Account.Username, "talker1")], begun.Members.Select(member => (member.Id, member.Username, member.DisplayName)));
        Assert.Null(begun.RequestedBy);
        Assert.Null(begun.Owner);
        Assert.Equal(begun.Id, (await again.ReadAsync<ConversationView>()).Id);
        Assert.Equal(begun.Id, (await other.ReadAsync<ConversationView>()).Id);
        Assert.Equal([begun.Id], await ada.ListedAsync());
        Assert.Equal([begun.Id], await bob.ListedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task G2_of_50_parallel_starts_from_both_sides_over_two_replicas_comes_one_conversation(bool strangers)
    {
        var (ada, bob) = strangers ? (await world.TalkerAsync(), await world.TalkerAsync()) : await TwoAsync();
        HttpClient[] clients = [ada.A, bob.A, ada.B, bob.B];

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async start =>
        {
            var (talker, other) = start % 2 == 0 ? (ada, bob) : (bob, ada);
            using var answer = await talker.BeginAsync(new { users = new[] { other.Id } }, clients[start % 4]);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ending));
            return (answer.StatusCode, (await answer.ReadAsync<ConversationView>()).Id);
        }));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        var id = Assert.Single(answers.Select(answer => answer.Id).Distinct());
        Assert.Equal(1, await CountAsync(ada, bob));
        Assert.Equal(2, await Sql.ScalarAsync<long>(world.Database, "select count(*) from conversation_members where conversation = $1", id));
    }

    [Theory]
    [InlineData("""{}""", "users", "required")]
    [InlineData("""{"users":null}""", "users", "required")]
    [InlineData("""{"users":[]}""", "users", "required")]
    [InlineData("""{"users":"x"}""", "users", "invalid_type")]
    [InlineData("""{"users":{"0":"x"}}""", "users", "invalid_type")]
    [InlineData("""{"users":[7]}""", "users[0]", "invalid_type")]
    [InlineData("""{"users":[null]}""", "users[0]", "invalid_type")]
    [InlineData("""{"users":["nobody"]}""", "users[0]", "invalid_id")]
    [InlineData("""{"users":["\ud800"]}""", "users[0]", "invalid_text")]
    [InlineData("""{"users":["0199a5a5-0000-7000-8000-000000000001","0199a5a5-0000-7000-8000-000000000001"]}""", "users[1]", "duplicate")]
    [InlineData("""{"users":["0199a5a5-0000-7000-8000-000000000001"],"name":"Two"}""", "name", "not_a_group")]
    [InlineData("""{"users":["0199a5a5-0000-7000-8000-000000000001"],"icon":"0199a5a5-0000-7000-8000-000000000001"}""", "icon", "not_a_group")]
    [InlineData("""{"users":["0199a5a5-0000-7000-8000-000000000001"],"icon":"mine"}""", "icon", "invalid_id")]
    [InlineData("""{"users":["0199a5a5-0000-7000-8000-000000000001"],"name":[]}""", "name", "invalid_type")]
    [InlineData("""{"users":["0199a5a5-0000-7000-8000-000000000001"],"name":"a\u202eb"}""", "name", "control_character")]
    [InlineData("""{"users":["0199a5a5-0000-7000-8000-000000000001"],"name":"a\nb"}""", "name", "control_character")]
    [InlineData("""{"users":["0199a5a5-0000-7000-8000-000000000001"],"name":"a\u0000b"}""", "name", "control_character")]
    public async Task A_start_with_bad_input_says_which_field(string body, string field, string code)
    {
        var room = await world.SharedRoomAsync();

        using var answer = await room.Http.PostAsync("/api/v1/conversations", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Ending);

        await answer.ExpectFieldErrorAsync(field, code);
    }

    [Fact]
    public async Task Nobody_starts_with_themselves_with_too_many_or_with_too_long_a_name()
    {
        var ada = await world.TalkerAsync();

        using var oneself = await ada.BeginAsync(new { users = new[] { ada.Id } });
        using var crowd = await ada.BeginAsync(new { users = Enumerable.Range(0, 25).Select(_ => Guid.CreateVersion7()) });
        using var name = await ada.BeginAsync(new { users = new[] { Guid.CreateVersion7(), Guid.CreateVersion7() }, name = new string('x', 101) });

        await oneself.ExpectFieldErrorAsync("users[0]", "oneself");
        await crowd.ExpectFieldErrorAsync("users", "too_many");
        await name.ExpectFieldErrorAsync("name", "too_long");
    }

    [Fact]
    public async Task Whoever_cannot_be_reached_looks_the_same_for_every_reason()
    {
        var ada = await world.TalkerAsync();
        var (blocker, blocked, met) = (await world.TalkerAsync(), await world.TalkerAsync(), await world.TalkerAsync());
        await ada.WithAsync(met);
        await world.BlockAsync(blocker, ada);
        await world.BlockAsync(ada, blocked);
        await world.BlockAsync(met, ada);

        var problems = new List<string>();
        foreach (var user in new[] { blocker.Id, blocked.Id, met.Id, Guid.CreateVersion7() })
        {
            using var answer = await ada.BeginAsync(new { users = new[] { user } });
            var problem = await answer.ExpectProblemAsync(HttpStatusCode.Forbidden, "user_not_reachable");
            Assert.Equal(user, Assert.Single(problem.GetProperty("users").EnumerateArray()).GetGuid());
            problems.Add($"{problem.GetProperty("title")} {problem.GetProperty("detail")} {string.Join(',', problem.EnumerateObject().Select(member => member.Name))}");
        }

        Assert.Single(problems.Distinct());
        Assert.Equal(0, await CountAsync(ada, blocker));
    }

    [Fact]
    public async Task While_one_blocks_the_other_neither_writes_and_both_still_read()
    {
        var (ada, bob) = await TwoAsync();
        var id = (await ada.WithAsync(bob)).Id;
        var said = await bob.In(id).SendAsync("before");

        await world.BlockAsync(ada, bob);

        foreach (var talker in new[] { ada, bob })
        {
            using var sent = await talker.There(id).PostAsync(new { content = "no", nonce = "n" });
            await sent.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
            Assert.Equal(said.Id, Assert.Single((await talker.In(id).HistoryAsync()).Items).Id);
        }

        using var edited = await bob.A.PatchAsJsonAsync($"{bob.In(id).Messages}/{said.Id}", new { content = "after" }, Ending);
        await edited.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await world.BlockAsync(bob, ada);
        await world.UnblockAsync(ada, bob);
        using var still = await ada.In(id).PostAsync(new { content = "no", nonce = "n" });
        await still.ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        await world.UnblockAsync(bob, ada);
        Assert.Equal("yes", (await ada.In(id).SendAsync("yes")).Content);
    }

    [Fact]
    public async Task A_conversation_of_two_that_was_hidden_is_back_when_something_is_said_or_it_is_started_again()
    {
        var (ada, bob) = await TwoAsync();
        var id = (await ada.WithAsync(bob)).Id;
        await bob.In(id).SendAsync("one");

        await ada.DoesAsync(() => ada.DeleteAsync($"/{id}"), HttpStatusCode.NoContent);
        Assert.Empty(await ada.ListedAsync());
        Assert.Equal([id], await bob.ListedAsync());
        Assert.True((await ada.SeesAsync(id)).Hidden);
        await bob.In(id).SendAsync("two");
        Assert.Equal([id], await ada.ListedAsync());
        Assert.Null((await ada.SeesAsync(id)).Hidden);

        await ada.DoesAsync(() => ada.DeleteAsync($"/{id}"), HttpStatusCode.NoContent);
        await ada.DoesAsync(() => ada.DeleteAsync($"/{id}"), HttpStatusCode.NoContent);
        Assert.Empty(await ada.ListedAsync());
        using var again = await ada.BeginAsync(new { users = new[] { bob.Id } });
        await again.ExpectAsync(HttpStatusCode.OK);
        Assert.Null((await again.ReadAsync<ConversationView>()).Hidden);
        Assert.Equal([id], await ada.ListedAsync());
    }

    [Fact]
    public async Task What_is_for_groups_cannot_be_done_with_the_conversation_of_two()
    {
        var (ada, bob) = await TwoAsync();
        var id = (await ada.WithAsync(bob)).Id;
        var other = await world.TalkerAsync();

        using var renamed = await ada.PatchAsync(id, new { name = "Two" });
        using var added = await ada.PutAsync($"/{id}/members/{other.Id}");
        using var left = await ada.DeleteAsync($"/{id}/members/{ada.Id}");
        using var removed = await ada.DeleteAsync($"/{id}/members/{bob.Id}");

        foreach (var answer in new[] { renamed, added, left, removed })
            await answer.ExpectProblemAsync(HttpStatusCode.Conflict, "not_a_group");
    }

    [Fact]
    public async Task To_those_who_are_not_in_it_a_conversation_does_not_exist()
    {
        var (ada, bob) = await TwoAsync();
        var stranger = await world.TalkerAsync();
        foreach (var id in new[] { (await ada.WithAsync(bob)).Id, Guid.CreateVersion7() })
        {
            using var read = await stranger.GetAsync($"/{id}");
            using var changed = await stranger.PatchAsync(id, new { name = "mine" });
            using var hidden = await stranger.DeleteAsync($"/{id}");
            using var added = await stranger.PutAsync($"/{id}/members/{stranger.Id}");
            using var removed = await stranger.DeleteAsync($"/{id}/members/{ada.Id}");
            using var left = await stranger.DeleteAsync($"/{id}/members/{stranger.Id}");
            using var accepted = await stranger.PutAsync($"/{id}/request");
            using var declined = await stranger.DeleteAsync($"/{id}/request");
            using var sent = await stranger.In(id).PostAsync(new { content = "hello", nonce = "n" });
            using var history = await stranger.A.GetAsync(stranger.In(id).Messages, Ending);
            using var changes = await stranger.A.GetAsync($"{stranger.In(id).Changes}?after=0", Ending);

            foreach (var answer in new[] { read, changed, hidden, added, removed, left, accepted, declined, sent, history, changes })
                await answer.ExpectProblemAsync(HttpStatusCode.NotFound, "channel_not_found");
        }
    }

    [Fact]
    public async Task A_token_of_a_script_needs_the_scopes_of_messages()
    {
        var (ada, bob) = await TwoAsync();
        var id = (await ada.WithAsync(bob)).Id;
        using var reader = world.A.CreateClient(await world.ScriptTokenAsync(ada.Account, "messages:read"));
        using var none = world.A.CreateClient(await world.ScriptTokenAsync(ada.Account, "servers:read"));

        using var read = await reader.GetAsync(new Uri($"/api/v1/conversations/{id}", UriKind.Relative), Ending);
        using var written = await reader.PostAsJsonAsync("/api/v1/conversations", new { users = new[] { bob.Id } }, Ending);
        using var listed = await none.GetAsync(new Uri("/api/v1/conversations", UriKind.Relative), Ending);

        await read.ExpectAsync(HttpStatusCode.OK);
        await written.ExpectProblemAsync(HttpStatusCode.Forbidden, "insufficient_scope");
        await listed.ExpectProblemAsync(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    private async Task<(Talker Ada, Talker Bob)> TwoAsync() => await world.FriendsAsync(2) is [var ada, var bob] ? (ada, bob) : throw new InvalidOperationException();

    private Task<long> CountAsync(Talker one, Talker other) => Sql.ScalarAsync<long>(
        world.Database, "select count(*) from conversations where low = least($1, $2) and high = greatest($1, $2)", one.Id, other.Id);
}
