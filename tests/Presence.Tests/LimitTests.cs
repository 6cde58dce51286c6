using System.Net;
using Chat.Stores;

namespace Chat.Presence.Tests;

public sealed class LimitTests(World world)
{
    private const string Strangers = "insert into profiles (id, username, display_name) select gen_random_uuid(), 'stranger', $2 from generate_series(1, $1)";

    [Fact]
    public async Task Twenty_requests_a_minute_are_let_through_over_all_replicas_and_the_next_learns_when_to_come_back()
    {
        var (ada, bob) = await world.TwoAsync();
        var replicas = new[] { ada, ada.At(world.B) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 25).Select(index =>
            replicas[index % 2].SendAsync(HttpMethod.Post, Somebody.Requests, index % 3 == 0 ? new { username = "nobody.at_all" } : new { username = bob.Username })));

        Assert.Equal(20, answers.Count(answer => answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.NotFound));
        Assert.Equal(5, answers.Count(answer => answer.StatusCode is HttpStatusCode.TooManyRequests));
        var refused = answers.First(answer => answer.StatusCode is HttpStatusCode.TooManyRequests);
        var problem = await refused.ExpectProblemAsync(HttpStatusCode.TooManyRequests, "too_many_requests");
        Assert.InRange(problem.GetProperty("retryAfterMs").GetInt64(), 1, 60_000);
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

        // Nobody else is held up, and what is no request is not counted.
        using var other = await bob.SendAsync(HttpMethod.Post, Somebody.Requests, new { username = "nobody.at_all" });
        await other.ExpectProblemAsync(HttpStatusCode.NotFound, "user_not_found");
        using var wrong = await ada.SendAsync(HttpMethod.Post, Somebody.Requests, new { });
        await wrong.ExpectFieldErrorAsync("username", "required");
        await ada.DoAsync(HttpMethod.Delete, Somebody.Request(bob));
        foreach (var answer in answers)
            answer.Dispose();
    }

    [Fact]
    public async Task A_hundred_requests_of_one_person_await_an_answer_at_most()
    {
        var (ada, bob) = await world.TwoAsync();
        var eve = await world.PersonAsync("eve");
        await ada.AskAsync(eve);
        var label = await StrangersAsync(98);
        await Sql.RunAsync(
            world.Database, "insert into friend_requests (from_id, to_id, rev, created_at) select $1, id, nextval('relation_revs'), now() from profiles where display_name = $2", ada.Id, label);

        await ada.AskAsync(bob);
        var carol = await world.PersonAsync("carol");
        using var refused = await ada.TryAskAsync(carol);
        await refused.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_open_requests");

        // What is there already is answered, who has asked is accepted, and a place that becomes free can be taken.
        Assert.Equal("outgoing", (await ada.AskAsync(bob)).State);
        await carol.AskAsync(ada);
        Assert.Equal("friends", (await ada.AskAsync(carol)).State);
        await ada.DoAsync(HttpMethod.Delete, Somebody.Request(bob));
        Assert.Equal("outgoing", (await ada.AskAsync(bob)).State);
    }

    [Fact]
    public async Task A_person_has_a_thousand_friends_at_most()
    {
        var (ada, bob) = await world.TwoAsync();
        await BefriendStrangersAsync(ada, 999);
        var (carol, dan) = (await world.PersonAsync("carol"), await world.PersonAsync("dan"));
        await Task.WhenAll(bob.AskAsync(ada), carol.AskAsync(ada), ada.AskAsync(dan));

        // Both may be accepted, but not both of them.
        var answers = await Task.WhenAll(ada.SendAsync(HttpMethod.Put, Somebody.Request(bob)), ada.At(world.B).SendAsync(HttpMethod.Put, Somebody.Request(carol)));
        Assert.Single(answers, answer => answer.StatusCode is HttpStatusCode.OK);
        await answers.First(answer => answer.StatusCode is not HttpStatusCode.OK).ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_friends");
        foreach (var answer in answers)
            answer.Dispose();

        using var accepting = await dan.SendAsync(HttpMethod.Put, Somebody.Request(ada));
        await accepting.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_friends");
        using var asking = await ada.TryAskAsync(await world.PersonAsync("eve"));
        await asking.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_friends");
        Assert.Equal(1000, await Sql.ScalarAsync<long>(world.Database, "select count(*) from friends where user_id = $1", ada.Id));
    }

    [Fact]
    public async Task A_person_blocks_a_thousand_people_at_most()
    {
        var (ada, bob) = await world.TwoAsync();
        var label = await StrangersAsync(999);
        await Sql.RunAsync(
            world.Database, "insert into blocks (blocker, blocked, rev, created_at) select $1, id, nextval('relation_revs'), now() from profiles where display_name = $2", await KnownAsync(ada), label);
        var eve = await world.PersonAsync("eve");

        await ada.BlockAsync(bob);
        using var refused = await ada.SendAsync(HttpMethod.Put, Somebody.Block(eve));

        await refused.ExpectProblemAsync(HttpStatusCode.Conflict, "too_many_blocks");
        await ada.BlockAsync(bob);
        await ada.UnblockAsync(bob);
        await ada.BlockAsync(eve);
    }

    [Fact]
    public async Task Lists_come_in_pages_the_newest_first_and_nothing_is_left_out_or_told_twice()
    {
        var ada = await world.PersonAsync();
        await BefriendStrangersAsync(ada, 250);
        var label = await StrangersAsync(150);
        await Sql.RunAsync(
            world.Database,
            """
            with strangers as (select id, row_number() over () as place from profiles where display_name = $2),
                blocked as (insert into blocks (blocker, blocked, rev, created_at) select $1, id, nextval('relation_revs'), now() from strangers where place <= 50),
                asked as (insert into friend_requests (from_id, to_id, rev, created_at) select $1, id, nextval('relation_revs'), now() from strangers where place between 51 and 100)
            insert into friend_requests (from_id, to_id, rev, created_at) select id, $1, nextval('relation_revs'), now() from strangers where place > 100
            """,
            ada.Id,
            label);

        await PagesAsync("/api/v1/friends?", "friends", [100, 100, 50], "select array_agg(other_id order by rev desc) from friends where user_id = $1", limit: 100);
        await PagesAsync("/api/v1/friends?", "friends", [50, 50, 50, 50, 50], "select array_agg(other_id order by rev desc) from friends where user_id = $1", limit: null);
        await PagesAsync("/api/v1/blocks?", "blocked", [25, 25], "select array_agg(blocked order by rev desc) from blocks where blocker = $1", limit: 25);
        await PagesAsync($"{Somebody.Requests}?direction=incoming&", "incoming", [20, 20, 10], "select array_agg(from_id order by rev desc) from friend_requests where to_id = $1", limit: 20);
        await PagesAsync($"{Somebody.Requests}?direction=outgoing&", "outgoing", [49, 1], "select array_agg(to_id order by rev desc) from friend_requests where from_id = $1", limit: 49);

        async Task PagesAsync(string address, string state, int[] sizes, string expected, int? limit)
        {
            var (seen, cursor, counts) = (new List<RelationView>(), (string?)null, new List<int>());
            do
            {
                var page = await ada.At(counts.Count % 2 == 0 ? world.A : world.B).ReadAsync($"{address}{(limit is null ? "" : $"limit={limit}&")}{(cursor is null ? "" : $"cursor={cursor}")}");
                counts.Add(page.Items.Length);
                seen.AddRange(page.Items);
                cursor = page.Next;
            }
            while (cursor is not null);

            Assert.Equal(sizes, counts);
            Assert.Equal(await Sql.ScalarAsync<Guid[]>(world.Database, expected, ada.Id), seen.Select(row => row.User.Id));
            Assert.All(seen, row => Assert.Equal(state, row.State));
        }
    }

    /// <summary>People of whom nothing is known but their rows; their display name tells them from others'.</summary>
    private async Task<string> StrangersAsync(int count)
    {
        var label = Guid.NewGuid().ToString();
        await Sql.RunAsync(world.Database, Strangers, count, label);
        return label;
    }

    private async Task BefriendStrangersAsync(Somebody person, int count)
    {
        var label = await StrangersAsync(count);
        await Sql.RunAsync(
            world.Database,
            """
            with strangers as (select id, nextval('relation_revs') as rev from profiles where display_name = $2)
            insert into friends (user_id, other_id, rev, since) select $1, id, rev, now() from strangers union all select id, $1, rev, now() from strangers
            """,
            await KnownAsync(person),
            label);
    }

    /// <summary>The id of somebody who has changed something, so that there is a row to refer to.</summary>
    private static async Task<Guid> KnownAsync(Somebody person)
    {
        await person.DoAsync(HttpMethod.Delete, $"/api/v1/friends/{Guid.NewGuid()}");
        return person.Id;
    }
}
