namespace Chat.Servers.Tests;

/// <summary>A server's structure, saved under a code and built again from it.</summary>
public sealed class TemplateTests(ServersFixture fixture)
{
    private const string Servers = "/api/v1/servers";

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_server_from_a_template_has_the_same_structure_under_other_ids()
    {
        using var community = await Community.FoundAsync(Deployment, "owner", "member");
        await BuildAsync(community);
        var saved = await SaveAsync(community, new { name = " Mine ", description = "For all of us" });
        var code = Code(saved);
        using var stranger = Deployment.ClientOf(await Deployment.SignUpAsync("eve"), replica: 1);

        var preview = await stranger.ReadAsync($"/api/v1/templates/{code}");
        var created = await CreateAsync(stranger, code);

        Assert.Equal(("Mine", "For all of us", false), Named(preview));
        Assert.Equal(saved.GetProperty("structure").GetRawText(), preview.GetProperty("structure").GetRawText());
        var original = await community.ReadAsync();
        Assert.Equal(Shape(original), Shape(created));
        Assert.Equal(await RulesAsync(original), await RulesAsync(created));
        Assert.Empty(Ids(original).Intersect(Ids(created)));
        Assert.Equal(("Copy", 1L, 1), (created.GetProperty("name").GetString(), created.GetProperty("rev").GetInt64(), created.GetProperty("memberCount").GetInt32()));
        Assert.False(created.GetProperty("public").GetBoolean());
        // The copy of the copy is the copy.
        using var again = await stranger.SendAsync(HttpMethod.Post, $"{Servers}/{created.Id()}/templates", new { name = "Copied" });
        Assert.Equal(saved.GetProperty("structure").GetRawText(), (await again.BodyAsync(HttpStatusCode.Created)).GetProperty("structure").GetRawText());
        var listed = Assert.Single((await community.Owner.Client.ReadAsync($"{community.Path}/templates")).GetProperty("items").EnumerateArray());
        Assert.Equal((code, 1), (listed.GetProperty("code").GetString(), listed.GetProperty("uses").GetInt32()));
    }

    [Fact]
    public async Task Overrides_of_members_are_not_saved()
    {
        using var community = await Community.FoundAsync(Deployment, "owner", "member");
        await BuildAsync(community);
        var saved = await SaveAsync(community, new { name = "Mine" });
        var overrides = saved.GetProperty("structure").GetProperty("channels").EnumerateArray()
            .Where(channel => channel.TryGetProperty("overrides", out _)).SelectMany(channel => channel.GetProperty("overrides").EnumerateArray()).ToList();
        Assert.Equal(2, overrides.Count);
        Assert.DoesNotContain(community.Of("member").Id.ToString(), saved.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_request_says_counts_before_what_the_template_says()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var response = await client.SendAsync(
            HttpMethod.Post, Servers, new { name = "Mine", template = "gaming", category = "music", tags = new[] { "jazz" }, newcomers = "guest", @public = true, description = "About" });
        var server = await response.BodyAsync(HttpStatusCode.Created);
        Assert.Equal(("music", "guest", "About"), (server.GetProperty("category").GetString(), server.GetProperty("newcomers").GetString(), server.GetProperty("description").GetString()));
        Assert.True(server.GetProperty("public").GetBoolean());
        Assert.Equal("gaming", (await CreateAsync(client, "gaming")).GetProperty("category").GetString());
    }

    [Fact]
    public async Task Every_built_in_template_can_be_looked_at_and_makes_a_server_of_its_structure()
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var all = (await client.ReadAsync("/api/v1/templates")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["gaming", "study", "community", "team"], all.Select(template => template.GetProperty("code").GetString()));
        foreach (var code in all.Select(template => template.GetProperty("code").GetString() ?? ""))
        {
            var preview = await client.ReadAsync($"/api/v1/templates/{code}");
            Assert.True(preview.GetProperty("template").GetProperty("builtIn").GetBoolean());
            var created = await CreateAsync(client, code);
            using var saved = await client.SendAsync(HttpMethod.Post, $"{Servers}/{created.Id()}/templates", new { name = "Again" });
            Assert.Equal(preview.GetProperty("structure").GetRawText(), (await saved.BodyAsync(HttpStatusCode.Created)).GetProperty("structure").GetRawText());
            Assert.True(created.GetProperty("channels").GetArrayLength() >= 8);
            Assert.Equal(3, created.GetProperty("categories").GetArrayLength());
            Assert.Equal(6, created.GetProperty("roles").GetArrayLength());
        }
    }

    [Fact]
    public async Task Saving_anew_takes_the_present_structure_and_keeps_what_is_not_given()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var first = await SaveAsync(community, new { name = "Mine", description = "About" });
        await BuildAsync(community);
        using var resaved = await community.Owner.Client.SendAsync(HttpMethod.Put, $"{community.Path}/templates/{Code(first)}", "{}");
        var second = await resaved.BodyAsync(HttpStatusCode.OK);
        Assert.Equal(("Mine", "About", false), Named(second));
        Assert.NotEqual(first.GetProperty("structure").GetRawText(), second.GetProperty("structure").GetRawText());
        Assert.Equal(second.GetRawText(), (await community.Owner.Client.ReadAsync($"/api/v1/templates/{Code(first)}")).GetRawText());

        using var renamed = await community.Owner.Client.SendAsync(HttpMethod.Put, $"{community.Path}/templates/{Code(first)}", """{"name":"Other","description":null}""");
        Assert.Equal(("Other", null, false), Named(await renamed.BodyAsync(HttpStatusCode.OK)));
        Assert.Equal(
            ["template.saved", "template.saved", "template.saved"],
            (await community.Owner.Client.ReadAsync($"{community.Path}/audit-log?action=template.saved")).GetProperty("items").EnumerateArray().Select(entry => entry.GetProperty("action").GetString()));
    }

    [Fact]
    public async Task A_deleted_template_is_of_no_use_and_neither_is_an_unknown_code()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var code = Code(await SaveAsync(community, new { name = "Mine" }));
        using var deleted = await community.Owner.Client.SendAsync(HttpMethod.Delete, $"{community.Path}/templates/{code}");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        foreach (var unknown in new[] { code, "AAAAAAAAAAAA", "x", "Gaming", "%20", new string('A', 300) })
        {
            await community.Owner.Client.RefusesAsync($"/api/v1/templates/{unknown}", HttpStatusCode.NotFound, "template_not_found");
            await (await community.Owner.Client.SendAsync(HttpMethod.Post, Servers, new { name = "Copy", template = unknown })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "template", "unknown");
            await (await community.Owner.Client.SendAsync(HttpMethod.Put, $"{community.Path}/templates/{unknown}", "{}")).RefusedAsync(HttpStatusCode.NotFound, "template_not_found");
            await (await community.Owner.Client.SendAsync(HttpMethod.Delete, $"{community.Path}/templates/{unknown}")).RefusedAsync(HttpStatusCode.NotFound, "template_not_found");
        }

        Assert.Single((await community.Owner.Client.ReadAsync(Servers)).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task One_server_s_templates_are_not_another_s_to_change()
    {
        using var one = await Community.FoundAsync(Deployment, "owner");
        using var other = await Community.FoundAsync(Deployment, "owner");
        var code = Code(await SaveAsync(one, new { name = "Mine" }));
        await (await other.Owner.Client.SendAsync(HttpMethod.Put, $"{other.Path}/templates/{code}", "{}")).RefusedAsync(HttpStatusCode.NotFound, "template_not_found");
        await (await other.Owner.Client.SendAsync(HttpMethod.Delete, $"{other.Path}/templates/{code}")).RefusedAsync(HttpStatusCode.NotFound, "template_not_found");
    }

    [Fact]
    public async Task A_server_has_ten_templates_at_most_however_they_are_asked_for()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var statuses = await Task.WhenAll(Enumerable.Range(0, 14).Select(async index =>
        {
            using var response = await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", new { name = $"Number {index}" });
            return response.StatusCode;
        }));
        Assert.Equal(10, statuses.Count(status => status == HttpStatusCode.Created));
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", new { name = "One more" })).RefusedAsync(HttpStatusCode.Conflict, "too_many_templates");
        Assert.Equal(10, (await community.Owner.Client.ReadAsync($"{community.Path}/templates")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task G2_the_same_key_saves_one_template()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
            (await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", new { name = "Once" }, "k")).BodyAsync(HttpStatusCode.Created)).GetRawText()));
        Assert.Single(answers.Distinct());
        Assert.Single((await community.Owner.Client.ReadAsync($"{community.Path}/templates")).GetProperty("items").EnumerateArray());
    }

    [Theory]
    [InlineData("{}", "name", "required")]
    [InlineData("""{"name":" "}""", "name", "too_short")]
    [InlineData("""{"name":"a\u0007"}""", "name", "invalid_characters")]
    [InlineData("""{"name":"a","description":"\u202e"}""", "description", "invalid_characters")]
    public async Task A_bad_field_is_refused(string body, string field, string code)
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", new { name = new string('x', 101) })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "name", "too_long");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", new { name = "a", description = new string('x', 201) })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "description", "too_long");
        if (body != "{}")
        {
            var saved = Code(await SaveAsync(community, new { name = "Mine" }));
            await (await community.Owner.Client.SendAsync(HttpMethod.Put, $"{community.Path}/templates/{saved}", body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
        }
    }

    [Fact]
    public async Task Who_may_not_manage_the_server_neither_saves_nor_sees_nor_deletes_its_templates()
    {
        using var community = await Community.FoundAsync(Deployment);
        var code = Code(await SaveAsync(community, new { name = "Mine" }));
        await community.As("admin").ReadAsync($"{community.Path}/templates");
        foreach (var role in Community.Everybody.Except(["admin", "owner"]))
        {
            var (status, refusal) = role == "stranger" ? (HttpStatusCode.NotFound, "server_not_found") : (HttpStatusCode.Forbidden, "missing_permission");
            await community.As(role).RefusesAsync($"{community.Path}/templates", status, refusal);
            await (await community.As(role).SendAsync(HttpMethod.Post, $"{community.Path}/templates", new { name = "Theirs" })).RefusedAsync(status, refusal);
            await (await community.As(role).SendAsync(HttpMethod.Put, $"{community.Path}/templates/{code}", "{}")).RefusedAsync(status, refusal);
            await (await community.As(role).SendAsync(HttpMethod.Delete, $"{community.Path}/templates/{code}")).RefusedAsync(status, refusal);
        }

        using var nobody = Deployment.Replicas[0].CreateClient();
        await nobody.RefusesAsync("/api/v1/templates", HttpStatusCode.Unauthorized, "unauthenticated");
        await nobody.RefusesAsync($"/api/v1/templates/{code}", HttpStatusCode.Unauthorized, "unauthenticated");
    }

    /// <summary>Something of everything that a structure has, past the routes so that all of it differs from what routes make by default.</summary>
    private async Task BuildAsync(Community community)
    {
        using var changed = await community.Owner.Client.SendAsync(HttpMethod.Patch, community.Path, new { description = "About", category = "art", tags = new[] { "oil", "ink" }, newcomers = "guest" });
        await changed.BodyAsync(HttpStatusCode.OK);
        var member = await Sql.ListAsync<Guid>(Deployment.Database, "select user_id from members where server_id = $1 order by joined_rev desc limit 1", community.Server);
        foreach (var sql in new[]
        {
            "update roles set position = position + 1 where server_id = $1 and position >= 3",
            "insert into roles (id, server_id, name, position, permissions, colour, hoist, mentionable) values (gen_random_uuid(), $1, 'Painter', 3, 3, 255, true, true)",
            "update roles set permissions = 1, name = 'Visitor' where server_id = $1 and built_in = 'guest'",
            "insert into categories (id, server_id, name, position) values (gen_random_uuid(), $1, 'Second', 5), (gen_random_uuid(), $1, 'First', 2), (gen_random_uuid(), $1, 'Empty', 9)",
            "insert into channels (id, server_id, name, kind, category_id, position, topic, slow_mode, private) select gen_random_uuid(), $1, 'studio', 'text', id, 7, E'Line\\nline', 30, true from categories where server_id = $1 and name = 'First'",
            "insert into channels (id, server_id, name, kind, category_id, position) select gen_random_uuid(), $1, 'Talk', 'voice', id, 3 from categories where server_id = $1 and name = 'First'",
            "insert into channels (id, server_id, name, kind, category_id, position) select gen_random_uuid(), $1, 'Show', 'video', id, 1 from categories where server_id = $1 and name = 'Second'",
            "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) select c.id, r.id, true, 1, 2 from channels c, roles r where c.server_id = $1 and c.name = 'studio' and r.server_id = $1 and r.name in ('Painter', 'Visitor')",
        })
        {
            await Sql.ExecuteAsync(Deployment.Database, sql, community.Server);
        }

        await Sql.ExecuteAsync(
            Deployment.Database, "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) select id, $2, false, 1, 0 from channels where server_id = $1 and name = 'studio'", community.Server, member[0]);
        await Deployment.ForgetModelAsync(community.Server);
    }

    private static async Task<JsonElement> SaveAsync(Community community, object request)
    {
        using var response = await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/templates", request);
        var saved = await response.BodyAsync(HttpStatusCode.Created);
        Assert.Equal($"/api/v1/templates/{Code(saved)}", response.Headers.Location?.ToString());
        return saved;
    }

    private static async Task<JsonElement> CreateAsync(HttpClient client, string code)
    {
        using var response = await client.SendAsync(HttpMethod.Post, Servers, new { name = "Copy", template = code });
        return await response.BodyAsync(HttpStatusCode.Created);
    }

    private static string Code(JsonElement template) => template.GetProperty("template").GetProperty("code").GetString() ?? "";

    private static (string? Name, string? Description, bool BuiltIn) Named(JsonElement template)
    {
        var summary = template.GetProperty("template");
        return (summary.GetProperty("name").GetString(), summary.TryGetProperty("description", out var description) ? description.GetString() : null, summary.GetProperty("builtIn").GetBoolean());
    }

    private static List<Guid> Ids(JsonElement server) =>
        [.. new[] { "categories", "channels", "roles" }.SelectMany(list => server.GetProperty(list).EnumerateArray().Select(one => one.Id()))];

    /// <summary>What its owner sees of it, but for ids, positions and what belongs to this server alone.</summary>
    private static List<string> Shape(JsonElement server)
    {
        var category = server.GetProperty("categories").EnumerateArray().ToDictionary(one => one.Id(), one => one.GetProperty("name").GetString());
        return
        [
            .. new[] { "description", "category", "tags", "newcomers" }.Select(field => server.GetProperty(field).GetRawText()),
            .. server.GetProperty("roles").EnumerateArray().Select(role => Without(role, "id", "position")),
            .. category.Values.Select(name => $"category {name}"),
            .. server.GetProperty("channels").EnumerateArray().Select(channel =>
                $"{(channel.TryGetProperty("category", out var within) ? category[within.GetGuid()] : null)}/{Without(channel, "id", "server", "category", "position")}"),
        ];

        static string Without(JsonElement thing, params string[] left) =>
            string.Join(' ', thing.EnumerateObject().Where(member => !left.Contains(member.Name)).Select(member => $"{member.Name}={member.Value.GetRawText()}"));
    }

    /// <summary>What its channels change for which roles.</summary>
    private Task<List<string>> RulesAsync(JsonElement server) => Sql.ListAsync<string>(
        Deployment.Database,
        """
        select c.name || ' ' || r.name || ' ' || o.allow || ' ' || o.deny from channel_overrides o
        join channels c on c.id = o.channel_id join roles r on r.id = o.target_id where c.server_id = $1 and o.of_role order by 1
        """,
        server.Id());
}
