namespace Chat.Servers.Tests;

/// <summary>What a server says of itself: given at its creation, changed later.</summary>
public sealed class ServerSettingsTests(ServersFixture fixture)
{
    private const string Servers = "/api/v1/servers";

    public static TheoryData<string, string, string> BadFields => new()
    {
        { """{"name":"ab","description":"a\u0000b"}""", "description", "invalid_characters" },
        { $$"""{"name":"ab","description":"{{new string('x', 1001)}}"}""", "description", "too_long" },
        { """{"name":"ab","category":"gardening"}""", "category", "unknown" },
        { """{"name":"ab","category":""}""", "category", "unknown" },
        { """{"name":"ab","newcomers":"owner"}""", "newcomers", "unknown" },
        { """{"name":"ab","newcomers":"admin"}""", "newcomers", "unknown" },
        { """{"name":"ab","tags":["a","b","c","d","e","f","g","h","i","j","k"]}""", "tags", "too_many" },
        { """{"name":"ab","tags":["fine",""]}""", "tags[1]", "too_short" },
        { """{"name":"ab","tags":[null]}""", "tags[0]", "required" },
        { $$"""{"name":"ab","tags":["{{new string('x', 31)}}"]}""", "tags[0]", "too_long" },
        { """{"name":"ab","tags":["a,b"]}""", "tags[0]", "invalid_characters" },
        { """{"name":"ab","tags":["a\u202eb"]}""", "tags[0]", "invalid_characters" },
        { """{"name":"ab","tags":["\ud83d\ude00"]}""", "tags[0]", "invalid_characters" },
        { """{"name":" "}""", "name", "too_short" },
        { """{"name":null}""", "name", "required" },
    };

    public static TheoryData<string> Unreadable =>
        ["""{"name":"ab","icon":"x"}""", """{"name":"ab","public":"yes"}""", """{"name":"ab","public":1e400}""", """{"name":"ab","tags":"a"}""", """{"name":"ab","tags":[7]}""", """{"name":["ab"]}""", "[]", "7"];

    [Fact]
    public async Task A_server_is_created_with_all_it_says_of_itself()
    {
        using var client = fixture.Deployment.ClientOf(await fixture.Deployment.SignUpAsync("ada"));
        var (icon, banner) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        using var response = await client.SendAsync(
            HttpMethod.Post,
            Servers,
            new { name = "All of it", description = "  First line\r\nsecond  ", @public = true, category = "GAMING", tags = new[] { "Co-Op", " co-op ", "Schön  warm", "2D" }, icon, banner, newcomers = "Guest" });
        var server = await response.BodyAsync(HttpStatusCode.Created);

        Assert.Equal("First line\nsecond", server.GetProperty("description").GetString());
        Assert.True(server.GetProperty("public").GetBoolean());
        Assert.Equal(("gaming", "guest"), (server.GetProperty("category").GetString(), server.GetProperty("newcomers").GetString()));
        Assert.Equal(["co-op", "sch\u00f6n warm", "2d"], server.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal((icon, banner), (server.GetProperty("icon").GetGuid(), server.GetProperty("banner").GetGuid()));
        Assert.Equal(server.GetRawText(), (await client.ReadAsync($"{Servers}/{server.Id()}")).GetRawText());
        var listed = (await client.ReadAsync(Servers)).GetProperty("items")[0];
        Assert.Equal((icon, true, false), (listed.GetProperty("icon").GetGuid(), listed.GetProperty("public").GetBoolean(), listed.GetProperty("archived").GetBoolean()));
    }

    [Theory, MemberData(nameof(BadFields))]
    public async Task A_bad_field_is_refused_by_its_name_when_creating_and_when_changing(string body, string field, string code)
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, Servers, body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
        Assert.Equal(1, (await community.ReadAsync()).GetProperty("rev").GetInt64() - 1);
    }

    [Theory, MemberData(nameof(Unreadable))]
    public async Task What_is_of_the_wrong_type_is_refused(string body)
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, Servers, body)).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, body)).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task A_change_sets_what_it_has_clears_what_is_null_and_leaves_the_rest()
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        var icon = Guid.CreateVersion7();
        var first = await ChangeAsync(community, new { description = "About", category = "Music", tags = new[] { "jazz" }, icon });
        Assert.Equal(("A server", "About", "music", icon), (first.GetProperty("name").GetString(), first.GetProperty("description").GetString(), first.GetProperty("category").GetString(), first.GetProperty("icon").GetGuid()));

        var second = await ChangeAsync(community, """{"name":" Renamed ","description":null,"icon":null,"tags":null,"newcomers":"GUEST"}""");
        Assert.Equal(("Renamed", "music", "guest"), (second.GetProperty("name").GetString(), second.GetProperty("category").GetString(), second.GetProperty("newcomers").GetString()));
        Assert.False(second.TryGetProperty("description", out _));
        Assert.False(second.TryGetProperty("icon", out _));
        Assert.Empty(second.GetProperty("tags").EnumerateArray());
        Assert.Equal(first.GetProperty("rev").GetInt64() + 1, second.GetProperty("rev").GetInt64());
        Assert.Equal(second.GetRawText(), (await community.ReadAsync()).GetRawText());
    }

    [Fact]
    public async Task A_change_that_changes_nothing_raises_no_revision_and_is_not_logged()
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        var before = await community.ReadAsync();
        var after = await ChangeAsync(community, new { name = "A server", tags = Array.Empty<string>(), category = "other", @public = false });
        Assert.Equal(before.GetRawText(), after.GetRawText());
        Assert.Equal(before.GetRawText(), (await ChangeAsync(community, new { })).GetRawText());
        Assert.Empty((await community.Owner.Client.ReadAsync($"{community.Path}/audit-log?action=server.updated")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task The_log_has_what_changed_and_nothing_else()
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        await ChangeAsync(community, new { name = "Other", description = "New", @public = false, tags = new[] { "x" } });
        var entry = Assert.Single((await community.Owner.Client.ReadAsync($"{community.Path}/audit-log?action=server.updated")).GetProperty("items").EnumerateArray());
        AssertJson("""{"name":"A server","description":null,"tags":[]}""", entry.GetProperty("before"));
        AssertJson("""{"name":"Other","description":"New","tags":["x"]}""", entry.GetProperty("after"));
        Assert.Equal(community.Of("owner").Id, entry.GetProperty("actor").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_server_that_becomes_private_loses_its_name_in_links()
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        await ChangeAsync(community, new { @public = true });
        await Sql.ExecuteAsync(fixture.Deployment.Database, "update servers set vanity = $2 where id = $1", community.Server, $"v{community.Server:n}"[..20]);
        Assert.True((await ChangeAsync(community, new { name = "Still public" })).TryGetProperty("vanity", out _));
        Assert.False((await ChangeAsync(community, new { @public = false })).TryGetProperty("vanity", out _));
        Assert.False((await ChangeAsync(community, new { @public = true })).TryGetProperty("vanity", out _));
    }

    [Fact]
    public async Task A_change_of_a_version_that_is_past_is_refused_with_the_present_one()
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        var rev = (await community.ReadAsync()).GetProperty("rev").GetInt64();
        using var changed = await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "One" }, ("If-Match", $"\"{rev}\""));
        await changed.BodyAsync(HttpStatusCode.OK);
        Assert.Equal($"\"{rev + 1}\"", changed.Headers.ETag?.ToString());

        foreach (var stale in new[] { $"\"{rev}\"", $"W/\"{rev + 1}\"", "\"x\"", "nonsense", $"\"{rev}\", \"{rev + 9}\"" })
        {
            using var refused = await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "Two" }, ("If-Match", stale));
            Assert.Equal($"\"{rev + 1}\"", refused.Headers.ETag?.ToString());
            await refused.RefusedAsync(HttpStatusCode.PreconditionFailed, "stale_version");
        }

        foreach (var good in new[] { "*", $"\"{rev + 1}\"", $"\"7\", \"{rev + 1}\"" })
        {
            Assert.Equal("One", (await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "One" }, ("If-Match", good))).BodyAsync(HttpStatusCode.OK)).GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task Of_twenty_parallel_changes_of_one_version_one_is_made()
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        var rev = (await community.ReadAsync()).GetProperty("rev").GetInt64();
        using var other = fixture.Deployment.ClientOf(community.Of("owner"), replica: 1);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(async index =>
        {
            using var response = await (index % 2 == 0 ? other : community.Owner.Client).SendAsync(HttpMethod.Patch, community.Path, new { name = $"Number {index}" }, ("If-Match", $"\"{rev}\""));
            return response.StatusCode;
        }));
        Assert.Equal(1, statuses.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(19, statuses.Count(status => status == HttpStatusCode.PreconditionFailed));
        Assert.Equal(rev + 1, (await community.ReadAsync()).GetProperty("rev").GetInt64());
    }

    [Fact]
    public async Task G2_a_change_with_a_key_is_made_once_and_answered_alike()
    {
        using var community = await Community.FoundAsync(fixture.Deployment, "owner");
        using var first = await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "Once" }, ("Idempotency-Key", "k"), ("If-Match", "*"));
        var answer = (await first.BodyAsync(HttpStatusCode.OK)).GetRawText();
        await ChangeAsync(community, new { name = "Later" });
        using var again = await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "Once" }, ("Idempotency-Key", "k"));
        Assert.Equal(answer, (await again.BodyAsync(HttpStatusCode.OK)).GetRawText());
        Assert.Equal("Later", (await community.ReadAsync()).GetProperty("name").GetString());
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { name = "Else" }, ("Idempotency-Key", "k"))).RefusedAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task Owner_and_admin_may_change_a_server_and_nobody_else()
    {
        using var community = await Community.FoundAsync(fixture.Deployment);
        foreach (var role in new[] { "owner", "admin" })
        {
            await (await community.As(role).SendAsync(HttpMethod.Patch, community.Path, new { name = $"By {role}" })).BodyAsync(HttpStatusCode.OK);
        }

        foreach (var role in new[] { "moderator", "member", "guest" })
        {
            await (await community.As(role).SendAsync(HttpMethod.Patch, community.Path, new { name = "Mine" })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        await (await community.As("stranger").SendAsync(HttpMethod.Patch, community.Path, new { name = "Mine" })).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, $"{Servers}/{Guid.CreateVersion7()}", new { name = "None" })).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        using var nobody = fixture.Deployment.Replicas[0].CreateClient();
        await (await nobody.SendAsync(HttpMethod.Patch, community.Path, new { name = "Mine" })).RefusedAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal("By admin", (await community.ReadAsync()).GetProperty("name").GetString());
    }

    private static async Task<JsonElement> ChangeAsync(Community community, object change)
    {
        using var response = await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, change);
        return await response.BodyAsync(HttpStatusCode.OK);
    }

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, actual), $"Expected {expected}, got {actual.GetRawText()}");
}
