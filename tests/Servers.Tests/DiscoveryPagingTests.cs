namespace Chat.Servers.Tests;

public sealed class DiscoveryPagingTests(ServersFixture fixture)
{
    private const int Seeded = 250;

    private Deployment Deployment => fixture.Deployment;

    [Theory]
    [InlineData("", "member_count desc, id desc", 7)]
    [InlineData("&sort=members", "member_count desc, id desc", 100)]
    [InlineData("&sort=relevance", "member_count desc, id desc", 50)]
    [InlineData("&sort=activity", "activity desc, id desc", 7)]
    [InlineData("&sort=activity", "activity desc, id desc", 100)]
    [InlineData("&q=whoever%20likes", "", 9)]
    [InlineData("&q=whoever%20likes&sort=relevance", "", 100)]
    [InlineData("&q=whoever%20likes&sort=members", "member_count desc, id desc", 25)]
    [InlineData("&q=whoever%20likes&sort=activity", "activity desc, id desc", 50)]
    public async Task All_pages_together_have_every_server_once_and_in_order(string query, string order, int limit)
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await PublicServers.SeedAsync(Deployment.Database, Seeded, tag);

        var walked = (await PublicServers.WalkAsync(client, $"tag={tag}&limit={limit}{query}")).ConvertAll(item => item.Id());

        var seeded = await Sql.ListAsync<Guid>(Deployment.Database, $"select id from servers where tags @> array[$1] order by {(order.Length == 0 ? "id" : order)}", tag);
        Assert.Equal(Seeded, seeded.Count);
        Assert.Equal(seeded, order.Length == 0 ? walked.OrderBy(id => id.ToString(), StringComparer.Ordinal) : walked);
    }

    [Theory]
    [InlineData("q=gaming")]
    [InlineData("q=gamming")]
    [InlineData("q=gam")]
    public async Task Pages_by_relevance_continue_where_scores_are_equal(string query)
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await PublicServers.SeedAsync(Deployment.Database, Seeded, tag);

        var walked = await PublicServers.WalkAsync(client, $"tag={tag}&limit=3&{query}");
        var whole = await PublicServers.FindAsync(client, $"tag={tag}&limit=100&{query}");

        Assert.Equal(Seeded / 5, walked.Count);
        Assert.Equal(whole.Select(item => item.Id()), walked.Select(item => item.Id()));
        Assert.Equal(walked.Count, walked.Select(item => item.Id()).Distinct().Count());
    }

    [Fact]
    public async Task Without_any_condition_nothing_is_missing_and_nothing_comes_twice()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await PublicServers.SeedAsync(Deployment.Database, Seeded, tag);
        foreach (var sort in new[] { "members", "activity" })
        {
            // Those of other tests come and go meanwhile.
            var mine = (await PublicServers.WalkAsync(client, $"limit=100&sort={sort}"))
                .Where(item => item.GetProperty("tags").EnumerateArray().Any(one => one.GetString() == tag)).Select(item => item.Id()).ToList();
            Assert.Equal((Seeded, Seeded), (mine.Count, mine.Distinct().Count()));
        }
    }

    [Fact]
    public async Task A_cursor_belongs_to_its_search_and_its_page_may_change_in_size()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var tag = PublicServers.Tag();
        await PublicServers.SeedAsync(Deployment.Database, 60, tag);
        foreach (var query in new[] { $"tag={tag}&sort=members", $"tag={tag}&sort=activity", $"tag={tag}&q=likes" })
        {
            var cursor = (await client.ReadAsync($"/api/v1/discovery?limit=5&{query}")).GetProperty("next").GetString();
            Assert.Equal(55, (await PublicServers.FindAsync(client, $"limit=100&cursor={cursor}&{query}")).Count);
            foreach (var other in new[] { "sort=members", "sort=activity", $"tag={tag}", $"{query}&tag=t1", $"{query}&category=art", $"tag={tag}&q=like", $"tag={tag}&q=likes&sort=members" })
            {
                if (!(other == $"tag={tag}" && query.EndsWith("sort=members", StringComparison.Ordinal)))
                {
                    await client.RefusesAsync($"/api/v1/discovery?cursor={cursor}&{other}", HttpStatusCode.BadRequest, "validation_failed", "cursor", "invalid");
                }
            }
        }
    }
}
