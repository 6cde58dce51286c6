using System.Net;
using System.Text.Json;
using Chat.Contracts;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed class PollClosingTests(World world)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_author_and_moderators_close_a_poll_and_then_nobody_votes()
    {
        var room = await world.OpenRoomAsync();
        var (author, guest) = (await world.JoinAsync(room), await world.JoinAsync(room));
        var (own, others) = (await author.AskAsync(), await author.AskAsync());
        await guest.VoteAsync(own, 0).OkAsync();

        await guest.CloseAsync(own).ExpectProblemAsync(HttpStatusCode.Forbidden, "missing_permission");
        var closed = await author.CloseAsync(own).OkAsync();
        var again = await room.CloseAsync(own).OkAsync();
        await room.CloseAsync(others).OkAsync();

        Assert.True(closed.GetProperty("poll").GetProperty("closedAt").GetDateTimeOffset() < closed.GetProperty("poll").GetProperty("closesAt").GetDateTimeOffset());
        Assert.Equal(closed.GetRawText(), again.GetRawText());
        Assert.Equal(5, await room.RevAsync());
        await guest.VoteAsync(own, 1).ExpectProblemAsync(HttpStatusCode.Conflict, "poll_closed");
        await guest.VoteAsync(own).ExpectProblemAsync(HttpStatusCode.Conflict, "poll_closed");
        Assert.Equal("1* 0 0 of 1", (await guest.FindAsync(own)).VotesOf());
        Assert.Equal(0, await Sql.ScalarAsync<long>(world.Database, "select count(*) from open_polls where channel = $1", room.Channel));
    }

    [Fact]
    public async Task Time_closes_a_poll_once_with_a_revision_and_an_event_though_every_replica_looks()
    {
        var room = await world.OpenRoomAsync();
        var message = await room.AskAsync();
        await room.VoteAsync(message, 2).OkAsync();
        await using var heard = await EventQueue.OpenAsync(world.RabbitMq, nameof(PollChanged));
        var due = DateTimeOffset.UtcNow.AddSeconds(1);

        await EndAtAsync(world.Database, room.Channel, due);
        var events = new List<JsonElement>();
        await Eventually.HoldsAsync("the closing is told", Patience, async () =>
        {
            events.AddRange(await heard.TakeBodiesAsync(body => body.GetProperty("message").GetGuid() == message && body.GetProperty("closed").GetBoolean()));
            return events.Count > 0;
        });
        var poll = (await room.FindAsync(message)).GetProperty("poll");

        Assert.Equal(poll.GetProperty("closesAt").GetString(), poll.GetProperty("closedAt").GetString());
        var told = Assert.Single(events);
        Assert.False(told.TryGetProperty("user", out _));
        Assert.Equal((3L, "0 0 1 of 1"), (told.GetProperty("rev").GetInt64(), told.GetProperty("body").VotesOf()));
        Assert.Equal(3, await room.RevAsync());
        Assert.True(told.GetProperty("at").GetDateTimeOffset() >= due.AddMilliseconds(-1), "It was closed before its time.");
    }

    [Fact]
    public async Task Votes_are_refused_by_the_clock_before_the_closing_is_noted()
    {
        var room = await world.OpenRoomAsync();
        var message = await room.AskAsync();
        await room.VoteAsync(message, 0).OkAsync();
        // The row by which it would be closed says tomorrow still.
        await Sql.RunAsync(world.Database, "update messages set parts = jsonb_set(parts, '{poll,closesAt}', '\"2020-01-01T00:00:00.000Z\"') where channel = $1", room.Channel);

        await room.VoteAsync(message, 1).ExpectProblemAsync(HttpStatusCode.Conflict, "poll_closed");
        await room.VoteAsync(message).ExpectProblemAsync(HttpStatusCode.Conflict, "poll_closed");

        Assert.Equal(("1* 0 0 of 1", 2), ((await room.FindAsync(message)).VotesOf(), await room.RevAsync()));
        // Closing it now says when it really ended.
        Assert.Equal("2020-01-01T00:00:00.000Z", (await room.CloseAsync(message).OkAsync()).GetProperty("poll").GetProperty("closedAt").GetString());
    }

    [Fact]
    public async Task What_ended_while_no_replica_ran_is_closed_when_one_starts_and_one_that_cannot_be_closed_hinders_no_other()
    {
        var database = await world.CreateDatabaseAsync();
        var room = await world.OpenRoomAsync();
        var asked = new List<Guid>();
        await using (var before = world.Start(database))
        {
            for (var i = 0; i < 3; i++)
                asked.Add(await At(room, before).AskAsync());
        }

        await EndAtAsync(database, room.Channel, DateTimeOffset.UtcNow.AddMinutes(-10));
        await Sql.RunAsync(database, "update open_polls set closes_at = closes_at - interval '1 s' where seq = 1");
        await Sql.RunAsync(
            database,
            """
            create function refuse() returns trigger language plpgsql as $$ begin if old.seq = 1 then raise exception 'not now'; end if; return new; end $$;
            create trigger refuse before update on messages for each row execute function refuse();
            """);
        await using var after = world.Start(database);
        var client = At(room, after);
        await Eventually.HoldsAsync("two are closed", Patience, async () => (await client.RevAsync()) == 5);
        Assert.False((await client.FindAsync(asked[0])).GetProperty("poll").TryGetProperty("closedAt", out _));
        await Sql.RunAsync(database, "drop trigger refuse on messages");
        await Eventually.HoldsAsync("the third is closed", Patience, async () => (await client.RevAsync()) == 6);

        foreach (var message in asked)
        {
            var poll = (await client.FindAsync(message)).GetProperty("poll");
            Assert.Equal(poll.GetProperty("closesAt").GetString(), poll.GetProperty("closedAt").GetString());
        }

        Assert.Equal(0, await Sql.ScalarAsync<long>(database, "select count(*) from open_polls"));
    }

    [Fact]
    public async Task Counts_are_exact_after_200_parallel_votes_over_two_replicas()
    {
        var room = await world.OpenRoomAsync();
        var message = await room.AskAsync(answers: 4, multiple: true);
        var people = new List<Account> { room.Owner };
        for (var i = 0; i < 4; i++)
        {
            people.Add(await world.PersonAsync("voter"));
            await world.JoinAsync(room, people[^1]);
        }

        var clients = people.ConvertAll(person => new[] { world.A, world.B }.Select(replica => new ChannelClient(replica.CreateClient(person.Token), room.Channel)).ToArray());
        var random = new Random(11);
        var votes = Enumerable.Range(0, 200).Select(i => (
            Client: clients[random.Next(people.Count)][i % 2], Answers: Enumerable.Range(0, 4).Where(_ => random.Next(3) == 0).ToArray())).ToArray();
        await Task.WhenAll(votes.Select(vote => Repeating.ServedAsync(() => vote.Client.VoteAsync(message, vote.Answers)).OkAsync())).WaitAsync(Patience * 4, Ending);

        var poll = (await room.FindAsync(message)).GetProperty("poll");
        for (var answer = 0; answer < 4; answer++)
        {
            var rows = await Sql.ScalarAsync<long>(world.Database, "select count(*) from poll_votes where channel = $1 and answer = $2", room.Channel, (short)answer);
            Assert.Equal(rows, poll.GetProperty("answers")[answer].GetProperty("votes").GetInt64());
        }

        Assert.Equal(await Sql.ScalarAsync<long>(world.Database, "select count(distinct user_id) from poll_votes where channel = $1", room.Channel), poll.GetProperty("voters").GetInt64());
        foreach (var (person, client) in people.Zip(clients))
        {
            var mine = await Sql.ScalarAsync<string>(
                world.Database, "select coalesce(string_agg(answer::text, ' ' order by answer), '') from poll_votes where channel = $1 and user_id = $2", room.Channel, person.Id);
            var told = (await client[0].FindAsync(message)).GetProperty("poll").GetProperty("answers").EnumerateArray().Index().Where(answer => answer.Item.TryGetProperty("me", out _));
            Assert.Equal(mine, string.Join(' ', told.Select(answer => answer.Index)));
        }
    }

    private static ChannelClient At(Room room, RunningService<MessagingService> replica) => new(replica.CreateClient(room.Owner.Token), room.Channel);

    /// <summary>Moves the end of every poll of the channel.</summary>
    private static Task EndAtAsync(string database, Guid channel, DateTimeOffset end) => Sql.RunAsync(
        database,
        """
        with moved as (update open_polls set closes_at = $2 where channel = $1)
        update messages set parts = jsonb_set(parts, '{poll,closesAt}', to_jsonb($3::text)) where channel = $1
        """,
        channel,
        end,
        end.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
}
