using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

public sealed class CategoryTests(ServersFixture fixture)
{
    private static readonly string[] Events = ["CategoryChanged", "CategoryDeleted"];

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_category_is_created_renamed_and_deleted_and_its_channels_stay_in_order()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator", "admin");
        await using var queue = await community.ListenAsync(Events);
        var (moderator, path) = (community.As("moderator"), Path(community));
        var rev = await community.RevAsync();
        using var response = await moderator.SendAsync(HttpMethod.Post, path, new { name = " Games " });
        var games = await response.BodyAsync(HttpStatusCode.Created);
        Assert.Equal(($"{path}/{games.Id()}", "Games", 0), (response.Headers.Location?.ToString(), games.GetProperty("name").GetString(), games.GetProperty("position").GetInt32()));
        var music = await moderator.SendAsync(HttpMethod.Post, path, new { name = "Music" }, HttpStatusCode.Created);
        Assert.Equal(1, music.GetProperty("position").GetInt32());

        var renamed = await moderator.SendAsync(HttpMethod.Patch, $"{path}/{games.Id()}", new { name = "Play" }, HttpStatusCode.OK);
        Assert.Equal("Play", renamed.GetProperty("name").GetString());
        await moderator.SendAsync(HttpMethod.Patch, $"{path}/{games.Id()}", new { name = "Play" }, HttpStatusCode.OK);
        Assert.Equal([games.Id(), music.Id()], (await moderator.ReadAsync(path)).GetProperty("items").EnumerateArray().Select(Calls.Id));

        var inside = new List<Guid>();
        foreach (var name in (string[])["chess", "go"])
        {
            inside.Add((await moderator.SendAsync(HttpMethod.Post, Channels(community), new { name, kind = "text", category = games.Id() }, HttpStatusCode.Created)).Id());
        }

        await community.As("admin").SendAsync(HttpMethod.Delete, $"{path}/{games.Id()}", null, HttpStatusCode.NoContent);
        var left = (await community.ReadAsync()).GetProperty("channels").EnumerateArray().ToList();
        Assert.Equal([community.General, .. inside], left.Select(Calls.Id));
        Assert.Equal([0, 1, 2], left.Select(channel => channel.GetProperty("position").GetInt32()));
        Assert.DoesNotContain(left, channel => channel.TryGetProperty("category", out _));
        Assert.Equal([music.Id()], (await moderator.ReadAsync(path)).GetProperty("items").EnumerateArray().Select(Calls.Id));

        // The renaming to the same name and what was about channels is not among them.
        Assert.Equal(rev + 6, await community.RevAsync());
        var heard = new List<(string Type, long Rev)>();
        await Eventually.HoldsAsync("the categories' events", async () =>
        {
            heard.AddRange((await queue.TakeAsync(community.Server)).Select(one => (one.Type, one.Body.GetProperty("rev").GetInt64())));
            return heard.Count >= 4;
        });
        Assert.Equal([("CategoryChanged", rev + 1), ("CategoryChanged", rev + 2), ("CategoryChanged", rev + 3), ("CategoryDeleted", rev + 6)], heard.OrderBy(one => one.Rev));
        Assert.Equal(
            ["category.created - Games", "category.updated Games Play", "category.deleted Play -"],
            await Sql.ListAsync<string>(
                Deployment.Database,
                "select action || ' ' || coalesce(before ->> 'name', '-') || ' ' || coalesce(after ->> 'name', '-') from audit_log where target_id = $1 order by id",
                games.Id()));
    }

    [Fact]
    public async Task A_heading_over_nothing_that_one_sees_is_shown_to_those_who_manage_channels_only()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator", "member");
        var category = (await community.Owner.Client.SendAsync(HttpMethod.Post, Path(community), new { name = "Surprise party" }, HttpStatusCode.Created)).Id();
        await community.Owner.Client.SendAsync(HttpMethod.Post, Channels(community), new { name = "secret", kind = "text", @private = true, category }, HttpStatusCode.Created);

        Assert.Equal((int[])[1, 1, 0], await CountAsync());
        var open = (await community.Owner.Client.SendAsync(HttpMethod.Post, Channels(community), new { name = "open", kind = "text", category }, HttpStatusCode.Created)).Id();
        Assert.Equal((int[])[1, 1, 1], await CountAsync());
        await community.Owner.Client.SendAsync(
            HttpMethod.Put, $"/api/v1/channels/{open}/overrides/{community.Of("member").Id}", new { kind = "member", deny = (long)Granted.ViewChannel }, HttpStatusCode.OK);
        Assert.Equal((int[])[1, 1, 0], await CountAsync());

        async Task<int[]> CountAsync() => await Task.WhenAll(((string[])["owner", "moderator", "member"])
            .Select(async role => (await community.As(role).ReadAsync(Path(community))).GetProperty("items").GetArrayLength()));
    }

    [Theory]
    [InlineData("""{}""", "name", "required")]
    [InlineData("""{"name":null}""", "name", "required")]
    [InlineData("""{"name":" "}""", "name", "too_short")]
    [InlineData("""{"name":"a\tb"}""", "name", "invalid_characters")]
    [InlineData("""{"name":5}""", null, null)]
    [InlineData("""[]""", null, null)]
    public async Task A_name_that_cannot_be_is_refused(string body, string? field, string? fieldCode)
    {
        using var community = await Community.FoundAsync(Deployment);
        var category = (await community.Owner.Client.SendAsync(HttpMethod.Post, Path(community), new { name = "Games" }, HttpStatusCode.Created)).Id();
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Post, Path(community)), (HttpMethod.Patch, $"{Path(community)}/{category}")])
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            await (await community.Owner.Client.SendAsync(request, TestContext.Current.CancellationToken))
                .RefusedAsync(HttpStatusCode.BadRequest, field is null ? "malformed_request" : "validation_failed", field, fieldCode);
        }

        await (await community.Owner.Client.SendAsync(HttpMethod.Post, Path(community), new { name = new string('a', 101) })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "name", "too_long");
        Assert.Equal("Games", (await community.Owner.Client.ReadAsync(Path(community))).GetProperty("items")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_category_of_another_server_or_none_at_all_is_not_found()
    {
        using var community = await Community.FoundAsync(Deployment);
        var elsewhere = (await community.Owner.Client.CreateServerAsync()).Id();
        var foreign = (await community.Owner.Client.SendAsync(HttpMethod.Post, $"/api/v1/servers/{elsewhere}/categories", new { name = "Foreign" }, HttpStatusCode.Created)).Id();
        foreach (var category in (Guid[])[foreign, Guid.CreateVersion7(), Guid.Empty])
        {
            await (await community.Owner.Client.SendAsync(HttpMethod.Patch, $"{Path(community)}/{category}", new { name = "Mine" })).RefusedAsync(HttpStatusCode.NotFound, "category_not_found");
            await (await community.Owner.Client.SendAsync(HttpMethod.Delete, $"{Path(community)}/{category}")).RefusedAsync(HttpStatusCode.NotFound, "category_not_found");
        }

        Assert.Equal("Foreign", (await community.Owner.Client.ReadAsync($"/api/v1/servers/{elsewhere}/categories")).GetProperty("items")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Twenty_creations_at_once_stop_at_fifty_categories()
    {
        using var community = await Community.FoundAsync(Deployment, "admin");
        await Sql.ExecuteAsync(
            Deployment.Database, "insert into categories (id, server_id, name, position) select gen_random_uuid(), $1, 'Seed', n from generate_series(1, 40) n", community.Server);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(async index =>
        {
            using var response = await community.As(index % 2 == 0 ? "owner" : "admin").SendAsync(HttpMethod.Post, Path(community), new { name = $"Number {index}" });
            return response.StatusCode;
        }));

        Assert.Equal((10, 10), (statuses.Count(status => status == HttpStatusCode.Created), statuses.Count(status => status == HttpStatusCode.Conflict)));
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, Path(community), new { name = "One more" })).RefusedAsync(HttpStatusCode.Conflict, "too_many_categories");
        Assert.Equal(50, (await community.Owner.Client.ReadAsync(Path(community))).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task G2_a_key_makes_one_category_and_deletes_it_once()
    {
        using var community = await Community.FoundAsync(Deployment, "admin");
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
            (await (await community.Owner.Client.SendAsync(HttpMethod.Post, Path(community), new { name = "Once" }, "create")).BodyAsync(HttpStatusCode.Created)).GetRawText()));
        Assert.Single(answers.Distinct());
        var category = (await community.Owner.Client.ReadAsync(Path(community))).GetProperty("items").EnumerateArray().Single().Id();
        for (var repeat = 0; repeat < 2; repeat++)
        {
            using var deleted = await community.As("admin").SendAsync(HttpMethod.Delete, $"{Path(community)}/{category}", key: "delete");
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }
    }

    private static string Path(Community community) => $"/api/v1/servers/{community.Server}/categories";

    private static string Channels(Community community) => $"/api/v1/servers/{community.Server}/channels";
}
