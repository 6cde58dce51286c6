using System.Net;
using System.Text.Json;
using Chat.Access;
using Chat.Messaging.Messages;
using Chat.Messaging.Writing;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>What the messages of one transaction do to each other: nothing.</summary>
public sealed class GroupTests(World world)
{
    private const string RefusePoison =
        """
        create function refuse_poison() returns trigger language plpgsql as $$
        begin
            if new.content = 'poison' then raise exception 'poison' using errcode = '22000'; end if;
            return new;
        end $$;
        create trigger refuse_poison before insert on messages for each row execute function refuse_poison();
        """;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_that_queue_during_a_commit_share_the_next_in_the_order_they_came()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.StartDeaf(database);
        var contents = Enumerable.Range(0, 300).Select(i => $"{i}").ToArray();

        var group = await world.GatherAsync(contents, replica: replica, database: database);

        var sent = group.Outcomes.Select(outcome => Assert.IsType<SendOutcome.Sent>(outcome).Message).ToArray();
        Assert.Equal(Enumerable.Range(1, 300).Select(seq => (long)seq), sent.Select(message => message.Seq));
        // One transaction each: the message that opened the lane, 200, and the rest.
        Assert.Equal(3, await Sql.ScalarAsync<long>(database, "select count(distinct xmin::text) from messages where channel = $1", group.Channel));
    }

    [Fact]
    public async Task A_message_that_the_store_refuses_fails_alone()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database);
        await Sql.RunAsync(database, RefusePoison);
        var contents = Enumerable.Range(0, 41).Select(i => i == 17 ? "poison" : $"{i}").ToArray();

        var group = await world.GatherAsync(contents, replica: replica, database: database);

        Assert.IsType<SendOutcome.Rejected>(group.Outcomes[17]);
        var sent = group.Outcomes.OfType<SendOutcome.Sent>().Select(outcome => outcome.Message).ToArray();
        Assert.Equal(contents.Where(content => content != "poison"), sent.Select(message => message.Content));
        Assert.Equal(Enumerable.Range(1, 40).Select(seq => (long)seq), sent.Select(message => message.Seq));
    }

    [Fact]
    public async Task A_message_that_the_store_refuses_is_answered_422()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database);
        await Sql.RunAsync(database, RefusePoison);
        var room = await world.OpenRoomAsync();
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);

        using var response = await client.PostAsync(new { content = "poison", nonce = "n" });

        await response.ExpectProblemAsync(HttpStatusCode.UnprocessableEntity, "message_rejected");
        Assert.Equal(1, (await client.SendAsync("harmless")).Seq);
    }

    [Fact]
    public async Task A_reply_to_nothing_fails_alone()
    {
        var nowhere = Guid.CreateVersion7();

        var group = await world.GatherAsync(["a", "b", "c"], replyOf: content => content == "b" ? nowhere : null);

        Assert.IsType<SendOutcome.ReplyNotFound>(group.Outcomes[1]);
        Assert.Equal([1L, 2L], group.Outcomes.OfType<SendOutcome.Sent>().Select(outcome => outcome.Message.Seq));
    }

    [Fact]
    public async Task Nonces_are_found_by_their_own_index_where_statistics_say_that_a_channel_has_one_message()
    {
        const int Group = 50;
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ending);
        var (channel, author) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        const string Insert = "insert into messages (channel, seq, rev, nr, id, author, nonce, content, created_at) select ";
        await Sql.RunAsync(connection, Insert + "gen_random_uuid(), 1, 1, 1, gen_random_uuid(), $1, s::text, '', now() from generate_series(1, 1000) s", author);
        await Sql.RunAsync(connection, "analyze messages");
        await Sql.RunAsync(connection, Insert + "$2, s, s, s, gen_random_uuid(), $1, s::text, '', now() from generate_series(1, 5000) s", author, channel);
        await Sql.RunAsync(connection, "begin");
        await Sql.RunAsync(connection, GroupSql.UseIndexes);
        await Sql.RunAsync(connection, "set local plan_cache_mode = force_generic_plan");

        var plan = JsonDocument.Parse(await Sql.ScalarAsync<string>(
            connection,
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + GroupSql.FindNonces,
            Enumerable.Repeat(channel, Group).ToArray(),
            Enumerable.Repeat(author, Group).ToArray(),
            Enumerable.Range(4976, Group).Select(nonce => $"{nonce}").ToArray())).RootElement[0].GetProperty("Plan");

        Assert.Equal(25, plan.GetProperty("Actual Rows").GetDouble());
        Assert.InRange(plan.GetProperty("Shared Hit Blocks").GetInt64() + plan.GetProperty("Shared Read Blocks").GetInt64(), Group, 6 * Group);
    }

    [Fact]
    public async Task A_full_queue_answers_busy_and_stores_nothing()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.StartDeaf(database, settings: [("Writer:Lanes", "1"), ("Writer:QueueLength", "5")]);
        var room = await world.OpenRoomAsync();
        var client = new ChannelClient(replica.CreateClient(room.Owner.Token), room.Channel);
        Task<SendOutcome>[] queued;
        await using (var held = await HeldChannel.HoldAsync(database, room.Channel))
        {
            var first = Sample.SendAsync(replica, room.Channel, "0");
            await held.AwaitedAsync();
            queued = [first, .. Enumerable.Range(1, 5).Select(i => Sample.SendAsync(replica, room.Channel, $"{i}"))];

            using var response = await client.PostAsync(new { content = "late", nonce = "late" });

            await response.ExpectProblemAsync(HttpStatusCode.ServiceUnavailable, "busy");
            Assert.NotNull(response.Headers.RetryAfter);
        }

        Assert.All(await Task.WhenAll(queued), outcome => Assert.IsType<SendOutcome.Sent>(outcome));
        Assert.Equal(7, (await client.SendAsync("late", "late")).Seq);
    }

    [Fact]
    public async Task A_message_that_waited_too_long_for_its_turn_is_not_stored()
    {
        var database = await world.CreateDatabaseAsync();
        var clock = new LateClock();
        await using var replica = world.StartDeaf(database, services => services.AddSingleton<TimeProvider>(clock));
        var channel = Guid.CreateVersion7();
        Task<SendOutcome> first, second;
        await using (var held = await HeldChannel.HoldAsync(database, channel))
        {
            first = Sample.SendAsync(replica, channel, "first");
            await held.AwaitedAsync();
            second = Sample.SendAsync(replica, channel, "second");
            clock.Pass(TimeSpan.FromMinutes(10));
        }

        Assert.IsType<SendOutcome.Sent>(await first);
        Assert.IsType<SendOutcome.Busy>(await second);
        Assert.Equal(1, await Sql.ScalarAsync<long>(database, "select count(*) from messages where channel = $1", channel));
    }

    [Fact]
    public async Task A_stopping_replica_finishes_what_is_queued()
    {
        var database = await world.CreateDatabaseAsync();
        await using var replica = world.Start(database);
        var channel = Guid.CreateVersion7();

        var sends = Enumerable.Range(0, 500).Select(i => Sample.SendAsync(replica, channel, $"{i}")).ToArray();
        await replica.Services.GetRequiredService<MessageWriter>().StopAsync(Ending);

        Assert.All(await Task.WhenAll(sends), outcome => Assert.IsType<SendOutcome.Sent>(outcome));
        Assert.IsType<SendOutcome.Busy>(await Sample.SendAsync(replica, channel, "late"));
    }

    /// <summary>The clock of the machine, except that time stamps go on as told: what waits has waited longer, and no timer knows of it.</summary>
    private sealed class LateClock : TimeProvider
    {
        private long _passed;

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _passed);

        public void Pass(TimeSpan time) => Interlocked.Add(ref _passed, (long)(time.TotalSeconds * TimestampFrequency));
    }
}

/// <summary>Sends past the HTTP surface, where a test needs to know what is queued.</summary>
internal static class Sample
{
    public static Author Author { get; } = new(Guid.CreateVersion7(), "sample", "Sample");

    /// <summary>A server that is known to messaging alone.</summary>
    public static Guid Server { get; } = Guid.CreateVersion7();

    public static ChannelAccess Access { get; } = AccessAt(Server, 1);

    public static ChannelAccess AccessAt(Guid server, long rev) => new(server, Contracts.Permissions.ViewChannel | Contracts.Permissions.SendMessages, rev);

    public static ValidMessage Message(string content, string? nonce = null, Guid? replyTo = null) => new(content, nonce ?? Guid.NewGuid().ToString(), replyTo);

    public static Task<SendOutcome> SendAsync(RunningService<MessagingService> replica, Guid channel, string content, string? nonce = null, Guid? replyTo = null, ChannelAccess? access = null) =>
        replica.Services.GetRequiredService<MessageWriter>().SendAsync(channel, access ?? Access, Author, Message(content, nonce, replyTo), TestContext.Current.CancellationToken);

    /// <summary>
    /// Sends all of <paramref name="contents"/> to a new channel while its row is held: the first goes alone, the others form groups behind it.
    /// </summary>
    public static async Task<(Guid Channel, SendOutcome[] Outcomes)> GatherAsync(
        this World world,
        string[] contents,
        Func<string, string?>? nonceOf = null,
        Func<string, Guid?>? replyOf = null,
        RunningService<MessagingService>? replica = null,
        string? database = null)
    {
        var channel = Guid.CreateVersion7();
        Task<SendOutcome> Send(string content) => SendAsync(replica ?? world.A, channel, content, nonceOf?.Invoke(content), replyOf?.Invoke(content));
        Task<SendOutcome>[] sends;
        await using (var held = await HeldChannel.HoldAsync(database ?? world.Database, channel))
        {
            var first = Send(contents[0]);
            await held.AwaitedAsync();
            sends = [first, .. contents[1..].Select(Send)];
        }

        return (channel, await Task.WhenAll(sends));
    }
}
