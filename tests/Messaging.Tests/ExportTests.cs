using System.Net;
using System.Text.Json;
using Chat.Stores;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>Everything somebody wrote, for that person's export.</summary>
public sealed class ExportTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_has_what_the_person_wrote_and_nothing_else()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var other = await world.OpenRoomAsync(room.Owner);
        var first = await room.SendAsync("first \"quoted\" 😀");
        var theirs = await guest.SendAsync("theirs");
        var reply = await room.SendAsync("reply", replyTo: theirs.Id);
        var elsewhere = await other.SendAsync("elsewhere");

        using var export = await ReadAsync(world.B, room.Owner.Id);

        Assert.Equal(room.Owner.Id, export.RootElement.GetProperty("user").GetGuid());
        var expected = new[] { first, reply, elsewhere }.Select(message => (message.Id, message.Channel, message.Seq, message.Content, message.CreatedAt, message.ReplyTo)).ToHashSet();
        var messages = export.RootElement.GetProperty("messages").EnumerateArray().Select(View).ToList();
        Assert.Equal(3, messages.Count);
        Assert.Equal(expected, messages.Select(message => (message.Id, message.Channel, message.Seq, message.Content, message.CreatedAt, message.ReplyTo)).ToHashSet());
        Assert.False(export.RootElement.GetProperty("messages").EnumerateArray().First(message => message.GetProperty("id").GetGuid() == first.Id).TryGetProperty("replyTo", out _));
    }

    [Fact]
    public async Task Of_somebody_who_wrote_nothing_there_is_nothing()
    {
        using var export = await ReadAsync(world.A, Guid.CreateVersion7());
        Assert.Empty(export.RootElement.GetProperty("messages").EnumerateArray());
    }

    [Fact]
    public async Task It_has_the_persons_reactions_votes_and_polls_and_not_those_of_others()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var message = (await room.SendAsync("said")).Id;
        var (own, theirs) = (await room.AskAsync(), await guest.AskAsync(multiple: true));
        foreach (var emoji in new[] { "👍", "🎉" })
            await room.ReactAsync(message, emoji).OkAsync();
        await guest.ReactAsync(message, "👍").OkAsync();
        await room.ReactAsync(theirs, "👀").OkAsync();
        await room.UnreactAsync(theirs, "👀").OkAsync();
        await room.VoteAsync(own, 1).OkAsync();
        await room.VoteAsync(theirs, 0, 2).OkAsync();
        await guest.VoteAsync(theirs, 1).OkAsync();

        using var export = await ReadAsync(world.A, room.Owner.Id);

        var reactions = export.RootElement.GetProperty("reactions").EnumerateArray().ToList();
        Assert.All(reactions, reaction => Assert.Equal((room.Channel, message, 1L), (reaction.GetProperty("channel").GetGuid(), reaction.GetProperty("message").GetGuid(), reaction.GetProperty("seq").GetInt64())));
        Assert.Equal(new[] { "👍", "🎉" }.Order(), reactions.Select(reaction => reaction.GetProperty("emoji").GetString()).Order());
        var votes = export.RootElement.GetProperty("votes").EnumerateArray().Select(vote => (vote.GetProperty("channel").GetGuid(), vote.GetProperty("message").GetGuid(), vote.GetProperty("answer").GetInt32()));
        Assert.Equal([(room.Channel, own, 1), (room.Channel, theirs, 0), (room.Channel, theirs, 2)], votes);
        var polls = export.RootElement.GetProperty("messages").EnumerateArray().Where(one => one.TryGetProperty("poll", out _)).ToList();
        var poll = Assert.Single(polls).GetProperty("poll");
        Assert.Equal("Which?", poll.GetProperty("question").GetString());
        Assert.Equal(["a", "b", "c"], poll.GetProperty("answers").EnumerateArray().Select(answer => answer.GetString()));
    }

    [Fact]
    public async Task It_has_what_the_persons_messages_said_before_and_not_what_was_deleted()
    {
        var room = await world.OpenRoomAsync();
        var guest = await world.JoinAsync(room);
        var (edited, theirs, deleted) = (await room.SendAsync("one"), await guest.SendAsync("theirs"), await room.SendAsync("gone"));
        foreach (var content in (string[])["two", "three"])
            await room.EditAsync(edited.Id, content).OkAsync();
        await guest.EditAsync(theirs.Id, "theirs again").OkAsync();
        await room.EditAsync(deleted.Id, "gone too").OkAsync();
        await room.DeleteAsync(deleted.Id).ExpectAsync(HttpStatusCode.NoContent);

        using var export = await ReadAsync(world.A, room.Owner.Id);

        var edits = export.RootElement.GetProperty("edits").EnumerateArray()
            .Select(edit => (edit.GetProperty("channel").GetGuid(), edit.GetProperty("message").GetGuid(), edit.GetProperty("content").GetString(), edit.GetProperty("rev").GetInt64())).ToList();
        Assert.Equal([(room.Channel, edited.Id, "one", 4L), (room.Channel, edited.Id, "two", 5L)], edits);
    }

    [Fact]
    public async Task G6_thousands_of_edits_come_each_once_in_order()
    {
        var (user, channel) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Sql.RunAsync(
            world.Database,
            """
            with places as (
                insert into messages (channel, seq, rev, id, author, nonce, content, created_at, edited_at)
                select $1, n, 100 * n, gen_random_uuid(), $2, n::text, 'said', now(), now() from generate_series(1, 601) n
                returning seq)
            insert into message_edits (channel, seq, rev, content, written_at) select $1, seq, seq * 10 + e, 'before', now() from places, generate_series(1, 7) e
            """,
            channel,
            user);

        using var export = await ReadAsync(world.B, user);

        var edits = export.RootElement.GetProperty("edits").EnumerateArray().Select(edit => (Seq: edit.GetProperty("seq").GetInt64(), Rev: edit.GetProperty("rev").GetInt64())).ToList();
        Assert.Equal(Enumerable.Range(1, 601).SelectMany(seq => Enumerable.Range(1, 7).Select(e => ((long)seq, seq * 10L + e))), edits);
    }

    [Fact]
    public async Task It_has_the_persons_conversations_and_the_threads_they_follow()
    {
        var (a, b, c) = await world.FriendsAsync(3) is [var one, var two, var three] ? (one, two, three) : throw new InvalidOperationException();
        var direct = await a.WithAsync(b);
        var group = await a.WithAsync(b, c);
        await c.ChangesAsync(group.Id, new { name = "Trip" });
        await b.WithAsync(c);
        var room = await world.OpenRoomAsync();
        var thread = await room.ThreadAsync("followed");
        var guest = await world.JoinAsync(room);
        await guest.ThreadAsync("another's");

        using var export = await ReadAsync(world.A, a.Id);
        using var owner = await ReadAsync(world.B, room.Owner.Id);

        var conversations = export.RootElement.GetProperty("conversations").EnumerateArray().ToDictionary(conversation => conversation.GetProperty("id").GetGuid());
        Assert.Equal(new[] { direct.Id, group.Id }.Order(), conversations.Keys.Order());
        Assert.Equal(("direct", 2), (conversations[direct.Id].GetProperty("kind").GetString(), conversations[direct.Id].GetProperty("members").GetArrayLength()));
        Assert.Equal(
            ("group", "Trip", a.Id, 3),
            (conversations[group.Id].GetProperty("kind").GetString(), conversations[group.Id].GetProperty("name").GetString(), conversations[group.Id].GetProperty("owner").GetGuid(),
                conversations[group.Id].GetProperty("members").GetArrayLength()));
        Assert.Empty(export.RootElement.GetProperty("threads").EnumerateArray());
        var followed = Assert.Single(owner.RootElement.GetProperty("threads").EnumerateArray());
        Assert.Equal((thread.Channel, room.Channel, "followed"), (followed.GetProperty("id").GetGuid(), followed.GetProperty("channel").GetGuid(), followed.GetProperty("name").GetString()));
        Assert.Empty(owner.RootElement.GetProperty("conversations").EnumerateArray());
        var read = owner.RootElement.GetProperty("readStates").EnumerateArray().Single(state => state.GetProperty("channel").GetGuid() == room.Channel);
        Assert.Equal((1L, false), (read.GetProperty("readSeq").GetInt64(), read.TryGetProperty("mutedUntil", out _)));
    }

    [Fact]
    public async Task G6_tens_of_thousands_of_reactions_and_votes_come_each_once_in_order()
    {
        var user = Guid.CreateVersion7();
        await Sql.RunAsync(
            world.Database,
            """
            with places as (
                insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
                select c.id, n, n, gen_random_uuid(), $2, n::text, 'said', now() from (select gen_random_uuid() id from generate_series(1, 20)) c, generate_series(1, 350) n
                returning channel, seq),
            reacted as (
                insert into reactions (channel, seq, emoji, user_id, rev)
                select channel, seq, emoji, person, seq from places, unnest(array['👍', '🎉', '👀']) emoji, unnest(array[$1, $2]::uuid[]) person)
            insert into poll_votes (channel, seq, user_id, answer, rev) select channel, seq, person, answer, seq from places, generate_series(0, 1) answer, unnest(array[$1, $2]::uuid[]) person
            """,
            user,
            Guid.CreateVersion7());

        using var export = await ReadAsync(world.B, user);

        var reactions = export.RootElement.GetProperty("reactions").EnumerateArray()
            .Select(one => (Channel: one.GetProperty("channel").GetString() ?? "", Seq: one.GetProperty("seq").GetInt64(), Emoji: one.GetProperty("emoji").GetString())).ToList();
        Assert.Equal(21_000, reactions.Distinct().Count());
        Assert.Equal(21_000, reactions.Count);
        Assert.Equal(reactions.OrderBy(one => one.Channel, StringComparer.Ordinal).ThenBy(one => one.Seq).Select(one => (one.Channel, one.Seq)), reactions.Select(one => (one.Channel, one.Seq)));
        var votes = export.RootElement.GetProperty("votes").EnumerateArray()
            .Select(one => (Channel: one.GetProperty("channel").GetString() ?? "", Seq: one.GetProperty("seq").GetInt64(), Answer: one.GetProperty("answer").GetInt32())).ToList();
        Assert.Equal(14_000, votes.Count);
        Assert.Equal(votes.OrderBy(one => one.Channel, StringComparer.Ordinal).ThenBy(one => one.Seq).ThenBy(one => one.Answer), votes);
    }

    [Fact]
    public async Task G6_reactions_and_votes_of_a_person_are_found_by_an_index()
    {
        await using var connection = new NpgsqlConnection(world.Database);
        await connection.OpenAsync(Ending);
        foreach (var (table, last, index, value) in new[] { ("reactions", "emoji", "reactions_user_id_channel_seq_emoji", "'👍'"), ("poll_votes", "answer", "poll_votes_user_id_channel_seq_answer", "0") })
        {
            await Sql.RunAsync(connection, $"create temp table {table} (like public.{table} including all)");
            await Sql.RunAsync(
                connection,
                $"insert into {table} (channel, seq, user_id, rev, {last}) select md5((i % 100)::text)::uuid, i, md5('user' || i % 10)::uuid, i, {value} from generate_series(1, 50000) i");
            await Sql.RunAsync(connection, $"analyze {table}");
            var plan = await Sql.ScalarAsync<string>(
                connection,
                $"explain (format json) select * from {table} where user_id = $1 and (channel, seq, {last}) > ($2, 0, {value}) order by channel, seq, {last} limit 500",
                Guid.CreateVersion7(),
                Guid.CreateVersion7());
            Assert.Contains(index, plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("\"Sort\"", plan, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task G6_a_hundred_thousand_messages_come_in_order_as_fast_as_they_are_taken()
    {
        var author = Guid.CreateVersion7();
        // 60,000 in one channel and 400 in each of 100 others, between those of somebody else.
        await Sql.RunAsync(
            world.Database,
            """
            insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
            select c.id, n, n, gen_random_uuid(), case n % 2 when 0 then $1 else $2 end, n::text, repeat('0123456789', 30), now()
            from (select gen_random_uuid() id, case k when 0 then 120000 else 800 end size from generate_series(0, 100) k) c, generate_series(1, size) n
            """,
            author,
            Guid.CreateVersion7());
        await Sql.RunAsync(world.Database, "analyze messages");

        var all = await TakeAsync(author);
        Assert.Equal(100_000, all.Count);
        Assert.All(all, place => Assert.Equal(0, place.Seq % 2));
        // PostgreSQL orders ids by their bytes, as their text is ordered.
        Assert.Equal(all.OrderBy(place => place.Channel.ToString(), StringComparer.Ordinal).ThenBy(place => place.Seq), all);

        // Who takes nothing is read nothing for: what is deleted before it is taken does not come.
        var some = await TakeAsync(author, meanwhile: () => Sql.RunAsync(world.Database, "delete from messages where author = $1", author));
        Assert.InRange(some.Count, 1, 50_000);
    }

    [Fact]
    public async Task An_export_that_breaks_off_is_not_taken_for_a_whole_one()
    {
        var database = await world.CreateDatabaseAsync();
        var store = new NpgsqlConnectionStringBuilder(database);
        await using var gate = new TcpGate(store.Host ?? "", store.Port);
        await using var replica = world.Start(new NpgsqlConnectionStringBuilder(database) { Host = "127.0.0.1", Port = gate.Port }.ConnectionString);
        var author = Guid.CreateVersion7();
        await Sql.RunAsync(
            database,
            """
            insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
            select $2, n, n, gen_random_uuid(), $1, n::text, repeat('0123456789', 100), now() from generate_series(1, 50000) n
            """,
            author,
            Guid.CreateVersion7());
        using var client = replica.CreateClient(replica.ServiceToken("messaging"));

        using var response = await client.GetAsync($"/internal/users/{author}/export", HttpCompletionOption.ResponseHeadersRead, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        gate.Shut();

        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(Ending));
    }

    [Fact]
    public async Task G6_messages_by_author_are_found_by_an_index()
    {
        await using var connection = new NpgsqlConnection(world.Database);
        await connection.OpenAsync(Ending);
        // The table of the tests is too small to show anything: one like it, with as many rows as a plan is made for.
        await Sql.RunAsync(connection, "create temp table messages (like public.messages including all)");
        await Sql.RunAsync(
            connection,
            """
            insert into messages (channel, seq, rev, id, author, nonce, content, created_at)
            select md5((i % 100)::text)::uuid, i, i, gen_random_uuid(), md5('author' || i % 1000)::uuid, i::text, 'said', now() from generate_series(1, 50000) i
            """);
        await Sql.RunAsync(connection, "analyze messages");
        foreach (var (sql, index) in new[]
        {
            ("select channel from messages where author = $1 and channel > $2 order by channel limit 1", "messages_author_channel_nonce"),
            ("select seq from messages where author = $1 and channel = $2 and seq > 0 order by seq limit 100000", "Index Cond"),
        })
        {
            var plan = await Sql.ScalarAsync<string>(connection, "explain (format json) " + sql, Guid.CreateVersion7(), Guid.CreateVersion7());
            Assert.Contains(index, plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Only_services_may_ask()
    {
        var room = await world.OpenRoomAsync();
        foreach (var token in new[] { null, room.Owner.Token, world.A.ServiceToken("servers") })
        {
            using var client = world.A.CreateClient(token);
            using var response = await client.GetAsync($"/internal/users/{room.Owner.Id}/export", Ending);
            await response.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        using var service = world.A.CreateClient(world.A.ServiceToken("messaging"));
        using var noId = await service.GetAsync("/internal/users/ada/export", Ending);
        Assert.InRange((int)noId.StatusCode, 400, 499);
    }

    private static async Task<JsonDocument> ReadAsync(RunningService<MessagingService> replica, Guid user)
    {
        using var client = replica.CreateClient(replica.ServiceToken("messaging"));
        using var response = await client.GetAsync($"/internal/users/{user}/export", Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ending));
    }

    /// <summary>Takes the export from the wire; <paramref name="meanwhile"/> happens when its head is there and nothing else has been taken.</summary>
    private async Task<List<(Guid Channel, long Seq)>> TakeAsync(Guid user, Func<Task>? meanwhile = null)
    {
        using var client = world.A.CreateClient(world.A.ServiceToken("messaging"));
        using var response = await client.GetAsync($"/internal/users/{user}/export", HttpCompletionOption.ResponseHeadersRead, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        if (meanwhile is not null)
            await meanwhile();
        await using var body = await response.Content.ReadAsStreamAsync(Ending);
        using var export = await JsonDocument.ParseAsync(body, cancellationToken: Ending);
        return [.. export.RootElement.GetProperty("messages").EnumerateArray().Select(View).Select(message => (message.Channel, message.Seq))];
    }

    private static ExportedView View(JsonElement message) => message.Deserialize<ExportedView>(JsonSerializerOptions.Web) ?? throw new InvalidOperationException("null");

    private sealed record ExportedView(Guid Id, Guid Channel, long Seq, string Content, DateTimeOffset CreatedAt, Guid? ReplyTo);
}
