using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Servers.Tests;

/// <summary>Who did what to whom, for those who may know, for 90 days.</summary>
public sealed class AuditTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task The_log_comes_newest_first_in_pages_that_neither_miss_nor_repeat()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        await FillAsync(community, 25);
        var expected = await Sql.ListAsync<Guid>(Deployment.Database, "select id from audit_log where server_id = $1 order by id desc", community.Server);
        var seen = new List<Guid>();
        var path = "?limit=7";
        for (var pages = 1; ; pages++)
        {
            var page = await LogAsync(community, path);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(entry => entry.Id()));
            if (!page.TryGetProperty("next", out var next))
            {
                Assert.Equal((expected.Count + 6) / 7, pages);
                break;
            }

            path = $"?limit=7&cursor={next.GetString()}";
        }

        Assert.Equal(expected, seen);
        Assert.True(seen.Count >= 25);
    }

    [Fact]
    public async Task It_can_be_filtered_by_actor_action_target_and_time()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member");
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "By owner" }, ("X-Audit-Reason", "because"))).BodyAsync(HttpStatusCode.OK);
        await (await community.As("admin").SendAsync(HttpMethod.Patch, community.Path, new { name = "By admin" })).BodyAsync(HttpStatusCode.OK);
        using var kicked = await community.As("admin").SendAsync(HttpMethod.Delete, $"{community.Path}/members/{community.Of("member").Id}");
        Assert.Equal(HttpStatusCode.NoContent, kicked.StatusCode);

        Assert.Equal(["member.kicked", "server.updated"], await ActionsAsync(community, $"?actor={community.Of("admin").Id}"));
        Assert.Equal(["server.updated", "server.updated"], await ActionsAsync(community, "?action=server.updated"));
        Assert.Equal(["member.kicked"], await ActionsAsync(community, $"?target={community.Of("member").Id}"));
        Assert.Equal(["server.updated"], await ActionsAsync(community, $"?actor={community.Of("owner").Id}&action=server.updated"));
        Assert.Empty(await ActionsAsync(community, $"?actor={Guid.CreateVersion7()}"));

        var newest = (await LogAsync(community, "?limit=1")).GetProperty("items")[0];
        var at = newest.GetProperty("at").GetString();
        Assert.Contains("member.kicked", await ActionsAsync(community, $"?after={at}"));
        Assert.DoesNotContain("member.kicked", await ActionsAsync(community, $"?before={at}"));
        Assert.Empty(await ActionsAsync(community, "?after=2999-01-01T00:00:00Z"));
        Assert.Empty(await ActionsAsync(community, "?before=0001-01-01T00:00:00Z"));

        var actor = newest.GetProperty("actor");
        Assert.Equal((community.Of("admin").Id, community.Of("admin").Username, "admin"), (actor.Id(), actor.GetProperty("username").GetString(), actor.GetProperty("displayName").GetString()));
        var reasoned = (await LogAsync(community, $"?actor={community.Of("owner").Id}&action=server.updated")).GetProperty("items")[0];
        Assert.Equal("because", reasoned.GetProperty("reason").GetString());
        Assert.False(newest.TryGetProperty("reason", out _));
    }

    [Theory]
    [InlineData("action=x", "validation_failed", "action", "unknown")]
    [InlineData("limit=0", "validation_failed", "limit", "out_of_range")]
    [InlineData("limit=101", "validation_failed", "limit", "out_of_range")]
    [InlineData("cursor=x", "validation_failed", "cursor", "invalid")]
    [InlineData("actor=x", "malformed_request", null, null)]
    [InlineData("target=7", "malformed_request", null, null)]
    [InlineData("before=yesterday", "malformed_request", null, null)]
    [InlineData("after=9999999999999999999", "malformed_request", null, null)]
    public async Task A_bad_filter_is_refused(string query, string code, string? field, string? fieldCode)
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        await community.Owner.Client.RefusesAsync($"{community.Path}/audit-log?{query}", HttpStatusCode.BadRequest, code, field, fieldCode);
    }

    [Fact]
    public async Task Those_who_keep_order_read_it_and_nobody_else()
    {
        using var community = await Community.FoundAsync(Deployment);
        foreach (var role in new[] { "owner", "admin", "moderator" })
        {
            await community.As(role).ReadAsync($"{community.Path}/audit-log");
        }

        foreach (var role in new[] { "member", "guest" })
        {
            await community.As(role).RefusesAsync($"{community.Path}/audit-log", HttpStatusCode.Forbidden, "missing_permission");
            await community.As(role).RefusesAsync($"{community.Path}/audit-log?limit=0", HttpStatusCode.Forbidden, "missing_permission");
        }

        await community.As("stranger").RefusesAsync($"{community.Path}/audit-log", HttpStatusCode.NotFound, "server_not_found");
        await community.As("stranger").RefusesAsync($"/api/v1/servers/{Guid.CreateVersion7()}/audit-log", HttpStatusCode.NotFound, "server_not_found");
        using var nobody = Deployment.Replicas[0].CreateClient();
        await nobody.RefusesAsync($"{community.Path}/audit-log", HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task One_server_s_log_shows_nothing_of_another_s()
    {
        using var one = await Community.FoundAsync(Deployment, "owner");
        using var other = await Community.FoundAsync(Deployment, "owner");
        await FillAsync(other, 3);
        Assert.DoesNotContain("server.updated", await ActionsAsync(one, ""));
        Assert.Empty(await ActionsAsync(one, $"?actor={other.Of("owner").Id}"));
    }

    [Fact]
    public async Task Each_filter_reads_an_index()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            insert into audit_log (id, server_id, actor_id, action, target_id, created_at)
            select gen_random_uuid(), $1, gen_random_uuid(), 'role.created', gen_random_uuid(), now() from generate_series(1, 20000)
            """,
            community.Server);
        await Sql.ExecuteAsync(Deployment.Database, "analyze audit_log");
        foreach (var (condition, index) in new[]
        {
            ("actor_id = $2", "ix_audit_log_server_actor"), ("target_id = $2", "ix_audit_log_server_target"), ("action = 'member.kicked'", "ix_audit_log_server_action"), ("id < $2", "ix_audit_log_server"),
        })
        {
            var plan = await Sql.PlanAsync(
                Deployment, $"select * from audit_log where server_id = $1 and $2::uuid is not null and {condition} order by id desc limit 51", community.Server, community.Of("owner").Id);
            Assert.Contains(index, plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Entries_of_more_than_90_days_are_removed_by_every_replica_and_younger_ones_kept()
    {
        // A database of its own: to a replica whose clock is ahead everything is over that others count on.
        var (database, server) = (await fixture.Stores.CreateDatabaseAsync("servers", Cancellation), Guid.CreateVersion7());
        var settings = new Dictionary<string, string?>(Deployment.Settings, StringComparer.Ordinal) { ["ConnectionStrings:serversdb"] = database };
        await using (var db = new ServersDb(new DbContextOptionsBuilder<ServersDb>().UseNpgsql(database).Options))
        {
            await db.Database.MigrateAsync(Cancellation);
        }

        await Sql.ExecuteAsync(database, "insert into servers (id, name, owner_id, rev, member_count, created_at) values ($1, 'Old', $1, 1, 1, now())", server);
        await Sql.ExecuteAsync(
            database,
            """
            insert into audit_log (id, server_id, actor_id, action, created_at)
            select gen_random_uuid(), $1, gen_random_uuid(), 'role.created', now() - interval '1 day' * n from generate_series(80, 89) n
            """,
            server);
        await Sql.ExecuteAsync(
            database,
            """
            insert into audit_log (id, server_id, actor_id, action, created_at)
            select gen_random_uuid(), $1, gen_random_uuid(), 'role.deleted', now() - interval '90 days 1 minute' from generate_series(1, 2500)
            """,
            server);

        // Each looks at its start and every hour.
        await using var one = RunningService.Start<ServersService>(settings);
        await using var two = RunningService.Start<ServersService>(settings);
        await Eventually.HoldsAsync("the old entries gone", async () => await CountAsync("role.deleted") == 0);
        Assert.Equal(10, await CountAsync("role.created"));

        var ahead = new ClockAhead(TimeSpan.FromDays(6));
        await using var later = RunningService.Start<ServersService>(settings, services => services.AddSingleton<TimeProvider>(ahead));
        await Eventually.HoldsAsync("those that are old by then gone", async () => await CountAsync("role.created") == 4);

        async Task<long> CountAsync(string action) =>
            (await Sql.ListAsync<long>(database, "select count(*) from audit_log where server_id = $1 and action = $2", server, action))[0];
    }

    private static async Task FillAsync(Community community, int times)
    {
        for (var index = 0; index < times; index++)
        {
            await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = $"Name {index}" })).BodyAsync(HttpStatusCode.OK);
        }
    }

    private static Task<JsonElement> LogAsync(Community community, string query) => community.Owner.Client.ReadAsync($"{community.Path}/audit-log{query}");

    private static async Task<List<string?>> ActionsAsync(Community community, string query) =>
        [.. (await LogAsync(community, query)).GetProperty("items").EnumerateArray().Select(entry => entry.GetProperty("action").GetString())];

    /// <summary>The system's clock, some time ahead.</summary>
    private sealed class ClockAhead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
