using System.Diagnostics;
using System.Text.Json;
using Chat.Access;
using Chat.Messaging.Changes;
using Chat.Messaging.ReadStates;
using Npgsql;

namespace Chat.Messaging.Tests;

/// <summary>What it costs to list what waits for somebody in 100 servers of 50 channels, of every tenth of which they follow a thread. With <c>--xunit-diagnostics on</c> the times are shown.</summary>
public sealed class ReadStateCostTests(World world, ITestOutputHelper output)
{
    private const int Servers = 100;
    private const int Channels = 50;
    private const int Threads = 500;
    private const int Messages = 20;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_of_5000_channels_reads_no_table_from_end_to_end()
    {
        var (me, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var servers = Enumerable.Range(0, Servers).Select(_ => new UserServer(
            Guid.CreateVersion7(),
            "",
            DateTimeOffset.UtcNow.AddDays(-1),
            1,
            [.. Enumerable.Range(0, 5).Select(_ => Guid.CreateVersion7())],
            [.. Enumerable.Range(0, Channels).Select(_ => new UserChannel(Guid.CreateVersion7(), "", "text"))])).ToArray();
        // Of its own, and nobody at work on it: what is counted is what the statements read.
        var database = await world.CreateDatabaseAsync();
        await using (world.Start(database))
        {
            // Makes the tables.
        }

        await SeedAsync(database, servers, me, other);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ending);
        NpgsqlParameter[] more = [new NpgsqlParameter<bool> { TypedValue = true }, new NpgsqlParameter<Guid> { TypedValue = Guid.Empty }, new NpgsqlParameter<int> { TypedValue = ReadStateSql.All }];
        var seen = SeenChannels.Of(servers);

        // The first time finds where each channel stood when they joined, in the middle of what was said.
        for (var time = 1; time <= 5; time++)
        {
            var began = Stopwatch.GetTimestamp();
            var found = await ListAsync();
            output.WriteLine($"time {time}: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
            Assert.Equal(Servers * Channels + Threads, found.Count);
            Assert.All(found, one => Assert.Equal((10, 20, 10, 3), (one.State?.ReadSeq, one.State?.LastSeq, one.State?.Unread, one.State?.Mentions)));
        }

        await Sql.RunAsync(connection, ReadStateSql.Begin);
        await Sql.RunAsync(connection, ReadStateSql.Prepare);
        foreach (var sql in new[] { ReadStateSql.SettleMany, ReadStateSql.StateOfMany })
        {
            await using var command = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", connection);
            seen.AddTo(command.Parameters, me);
            foreach (var parameter in more)
                command.Parameters.Add(parameter.Clone());
            var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(Ending) ?? "")).RootElement[0];
            var pages = plan.GetProperty("Plan").GetProperty("Shared Hit Blocks").GetInt64() + plan.GetProperty("Plan").GetProperty("Shared Read Blocks").GetInt64();
            output.WriteLine($"{plan.GetProperty("Execution Time").GetDouble():0} ms, {pages} pages");
            Assert.DoesNotContain("Seq Scan", plan.GetRawText(), StringComparison.Ordinal);
            Assert.InRange(pages, 1, 60 * Servers * Channels);
        }

        async Task<List<FoundState>> ListAsync()
        {
            await using var batch = connection.CreateBatch()
                .With(ReadStateSql.Begin)
                .With(ReadStateSql.Prepare)
                .With(ReadStateSql.SettleMany, me, seen, more)
                .With(ReadStateSql.StateOfMany, me, seen, more)
                .With(ReadStateSql.Commit);
            await using var reader = await batch.ExecuteReaderAsync(Ending);
            await reader.NextResultAsync(Ending);
            return await ReadStateRows.ReadAsync(reader, DateTimeOffset.UtcNow, Ending);
        }
    }

    /// <summary>Half of what is said in each channel comes after the joining; three of it mention them, each in another way.</summary>
    private static async Task SeedAsync(string database, UserServer[] servers, Guid me, Guid other)
    {
        (Guid Id, Guid Server, Guid Role, Guid? Parent)[] channels = [.. servers.SelectMany(server => server.Channels, (server, channel) => (channel.Id, server.Server, server.Roles[0], (Guid?)null))];
        var threads = channels.Where((_, place) => place % (Servers * Channels / Threads) == 0).Select(channel => channel with { Id = Guid.CreateVersion7(), Parent = channel.Id }).ToArray();
        channels = [.. channels, .. threads];
        object[] values = [channels.Select(channel => channel.Id).ToArray(), channels.Select(channel => channel.Server).ToArray(), channels.Select(channel => channel.Role).ToArray()];
        await Sql.RunAsync(
            database,
            """
            insert into channels (id, server_id, parent, kind, rev, posts, last_at)
            select id, server, parent, case when parent is null then 0 else $5 end, $4, $4, now() from unnest($1, $2, $3) as c (id, server, parent)
            """,
            values[0],
            values[1],
            channels.Select(channel => channel.Parent).ToArray(),
            (long)Messages,
            (short)ChannelKind.Thread);
        await Sql.RunAsync(
            database, "insert into thread_members (thread, user_id, joined_at) select id, $2, now() - interval '2 days' from unnest($1) as t (id)", threads.Select(thread => thread.Id).ToArray(), me);
        await Sql.RunAsync(
            database,
            """
            insert into messages (channel, seq, rev, nr, id, author, nonce, content, created_at)
            select id, s, s, s, gen_random_uuid(), $2, s::text, 'seeded', now() - interval '1 day' + interval '1 hour' * (s - 10.5) from unnest($1) as c (id), generate_series(1, $3) as s
            """,
            values[0],
            other,
            Messages);
        await Sql.RunAsync(
            database,
            """
            insert into mentions (target, channel, seq, message, author)
            select (array[$3, c.id, c.role])[s - 10], c.id, s, gen_random_uuid(), $4 from unnest($1, $2) as c (id, role), generate_series(11, 13) as s
            """,
            values[0],
            values[2],
            me,
            other);
        await Sql.RunAsync(database, "analyze channels, messages, mentions, read_states, thread_members");
    }
}
