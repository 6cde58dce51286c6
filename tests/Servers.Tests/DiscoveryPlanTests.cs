using System.Diagnostics;
using Chat.Servers.Data;
using Chat.Servers.Discovery;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Servers.Tests;

/// <summary>Ten thousand public servers among twenty thousand, in a database of its own.</summary>
public sealed class DiscoveryPlanTests(ServersFixture fixture)
{
    private const int Public = 10_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Searches_among_ten_thousand_public_servers_use_the_partial_indexes()
    {
        var database = await fixture.Stores.CreateDatabaseAsync("discovery", Cancellation);
        // Planned as in the service's own sessions, which know that nothing turns beneath them.
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Options = "-c random_page_cost=1.1 -c plan_cache_mode=force_custom_plan", CommandTimeout = 120 });
        await using (var db = new ServersDb(new DbContextOptionsBuilder<ServersDb>().UseNpgsql(source).Options))
        {
            await db.Database.MigrateAsync(Cancellation);
        }

        await PublicServers.SeedAsync(database, 2 * Public, "seeded");
        await Sql.ExecuteAsync(database, "update servers set public = false where id in (select id from servers order by id limit $1)", Public);
        await Sql.ExecuteAsync(database, "update servers set name = 'Programming for ' || left(id::text, 8), member_count = 1 where id in (select id from servers where public order by id limit 40)");
        await Sql.ExecuteAsync(database, "vacuum analyze servers");

        (string Name, DiscoverySearch Search, string[] Indexes)[] cases =
        [
            ("members", new DiscoverySearch(null, null, [], DiscoverySort.Members, 50, null), ["ix_servers_public_members"]),
            ("members, later", new DiscoverySearch(null, null, [], DiscoverySort.Members, 50, new DiscoveryCursor(0, 30, Guid.NewGuid())), ["ix_servers_public_members"]),
            ("activity", new DiscoverySearch(null, null, [], DiscoverySort.Activity, 50, null), ["ix_servers_public_activity"]),
            ("activity, later", new DiscoverySearch(null, null, [], DiscoverySort.Activity, 50, new DiscoveryCursor(4010, 0, Guid.NewGuid())), ["ix_servers_public_activity"]),
            ("category", new DiscoverySearch(null, "art", [], DiscoverySort.Members, 50, null), ["ix_servers_public_category"]),
            ("tag", new DiscoverySearch(null, null, ["t7"], DiscoverySort.Members, 50, null), ["ix_servers_public_tags", "ix_servers_public_members"]),
            ("two tags", new DiscoverySearch(null, null, ["seeded", "t7"], DiscoverySort.Activity, 50, null), ["ix_servers_public_tags", "ix_servers_public_activity"]),
            ("text", new DiscoverySearch("programming", null, [], DiscoverySort.Relevance, 50, null), ["ix_servers_public_search"]),
            ("text, misspelt", new DiscoverySearch("progaming", null, [], DiscoverySort.Relevance, 50, null), ["ix_servers_public_name"]),
            ("text by members", new DiscoverySearch("programming", null, [], DiscoverySort.Members, 50, null), ["ix_servers_public_search"]),
            ("text of two words, in a fifteenth", new DiscoverySearch("gaming club", null, [], DiscoverySort.Relevance, 50, null), ["ix_servers_public_search"]),
            ("text in a fifth, later", new DiscoverySearch("gaming", null, [], DiscoverySort.Relevance, 50, new DiscoveryCursor(2, 20, Guid.NewGuid())), ["ix_servers_public_search"]),
            ("text and tag", new DiscoverySearch("chess", null, ["t7"], DiscoverySort.Relevance, 50, null), ["ix_servers_public_"]),
        ];
        var query = new DiscoveryQuery(source);
        foreach (var (name, search, indexes) in cases)
        {
            await using var explain = DiscoveryQuery.Prepare(source, search, Guid.NewGuid(), "explain (analyze, costs off, timing off, summary off)");
            Assert.NotNull(explain);
            var plan = await PlanAsync(await explain.ExecuteReaderAsync(Cancellation));
            Assert.DoesNotContain("Seq Scan on servers", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan on members", plan, StringComparison.Ordinal);
            Assert.True(indexes.Any(index => plan.Contains(index, StringComparison.Ordinal)), $"{name}: {plan}");
            Assert.Equal(search.Tags.Length > 0, plan.Contains("tags @>", StringComparison.Ordinal));

            var times = new List<double>();
            for (var run = 0; run < 21; run++)
            {
                var started = Stopwatch.GetTimestamp();
                Assert.NotEmpty((await query.FindAsync(search, Guid.NewGuid(), Cancellation)).Items);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {times.Order().ElementAt(10):0.0} ms\n{plan}");
        }

        await using var counts = source.CreateCommand("explain " + DiscoveryEndpoints.Counts);
        counts.Parameters.Add(new() { Value = new[] { "art", "music" } });
        Assert.Contains("ix_servers_public_category", await PlanAsync(await counts.ExecuteReaderAsync(Cancellation)), StringComparison.Ordinal);
    }

    /// <summary>What the last of the statements answers.</summary>
    private static async Task<string> PlanAsync(NpgsqlDataReader answers)
    {
        await using var reader = answers;
        var plan = new List<string>();
        do
        {
            plan.Clear();
            while (await reader.ReadAsync(Cancellation))
            {
                plan.Add(reader.GetString(0));
            }
        }
        while (await reader.NextResultAsync(Cancellation));

        return string.Join('\n', plan);
    }
}
