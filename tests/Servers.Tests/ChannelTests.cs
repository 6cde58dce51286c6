using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

public sealed class ChannelTests(ServersFixture fixture)
{
    private static readonly string[] Events = ["ChannelCreated", "ChannelUpdated", "ChannelDeleted"];

    private Deployment Deployment => fixture.Deployment;

    [Theory]
    [InlineData("text")]
    [InlineData("voice")]
    [InlineData("video")]
    [InlineData("announcement")]
    public async Task A_channel_of_each_kind_is_created_behind_the_others(string kind)
    {
        using var community = await Community.FoundAsync(Deployment, "moderator", "member");
        using var response = await community.As("moderator").SendAsync(HttpMethod.Post, Path(community), new { name = $" {kind} ", kind, topic = "One\r\ntwo" });
        var created = await response.BodyAsync(HttpStatusCode.Created);
        var channel = created.Id();

        Assert.Equal($"/api/v1/channels/{channel}", response.Headers.Location?.ToString());
        Assert.Equal((kind, kind, "One\ntwo", 1), (Text(created, "name"), Text(created, "kind"), Text(created, "topic"), created.GetProperty("position").GetInt32()));
        Assert.Equal((community.Server, 0, false), (created.GetProperty("server").GetGuid(), created.GetProperty("slowMode").GetInt32(), created.GetProperty("private").GetBoolean()));
        Assert.False(created.TryGetProperty("category", out _));
        Assert.Equal(created.GetRawText(), (await community.As("moderator").ReadAsync($"/api/v1/channels/{channel}")).GetRawText());
        Assert.Equal([community.General, channel], (await community.As("member").ReadAsync(Path(community))).GetProperty("items").EnumerateArray().Select(Calls.Id));
        Assert.Equal(kind != "announcement", Rights(await community.As("member").ReadAsync($"/api/v1/channels/{channel}")).HasFlag(Granted.SendMessages));
        Assert.True(Rights(created).HasFlag(Granted.SendMessages | Granted.ManageChannels));
    }

    [Fact]
    public async Task A_new_channel_goes_to_the_end_of_its_category()
    {
        using var community = await Community.FoundAsync(Deployment);
        var category = (await community.Owner.Client.SendAsync(HttpMethod.Post, $"/api/v1/servers/{community.Server}/categories", new { name = "Games" }, HttpStatusCode.Created)).Id();
        var inside = new List<Guid>();
        foreach (var name in (string[])["chess", "go"])
        {
            var created = await CreateAsync(community, new { name, kind = "text", category, slowMode = 21_600 });
            Assert.Equal((category, inside.Count), (created.GetProperty("category").GetGuid(), created.GetProperty("position").GetInt32()));
            inside.Add(created.Id());
        }

        var outside = (await CreateAsync(community, new { name = "news", kind = "announcement", slowMode = 5 })).Id();
        Assert.Equal([community.General, outside, .. inside], (await community.ReadAsync()).GetProperty("channels").EnumerateArray().Select(Calls.Id));
        Assert.Equal(21_600, (await community.Owner.Client.ReadAsync($"/api/v1/channels/{inside[0]}")).GetProperty("slowMode").GetInt32());
    }

    [Fact]
    public async Task Only_its_creator_and_administrators_see_a_new_private_channel()
    {
        using var community = await Community.FoundAsync(Deployment);
        var created = await CreateAsync(community, new { name = "secret", kind = "text", @private = true }, "moderator");
        var path = $"/api/v1/channels/{created.Id()}";

        Assert.True(created.GetProperty("private").GetBoolean());
        Assert.True(Rights(created).HasFlag(Granted.ViewChannel | Granted.SendMessages));
        foreach (var role in (string[])["moderator", "admin", "owner"])
        {
            Assert.Equal("secret", Text(await community.As(role).ReadAsync(path), "name"));
        }

        foreach (var role in (string[])["member", "guest", "stranger"])
        {
            await community.As(role).RefusesAsync(path, HttpStatusCode.NotFound, "channel_not_found");
        }

        Assert.Equal(1, (await community.As("member").ReadAsync(Path(community))).GetProperty("items").GetArrayLength());
        var overrides = (await community.Owner.Client.ReadAsync($"{path}/overrides")).GetProperty("items");
        Assert.Equal((community.Of("moderator").Id, "member", (long)Granted.ViewChannel), (overrides[0].GetProperty("target").GetGuid(), Text(overrides[0], "kind"), overrides[0].GetProperty("allow").GetInt64()));
        var owners = await CreateAsync(community, new { name = "mine", kind = "text", @private = true });
        Assert.Equal(0, (await community.Owner.Client.ReadAsync($"/api/v1/channels/{owners.Id()}/overrides")).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"kind":"text"}""", "name", "required")]
    [InlineData("""{"name":null,"kind":"text"}""", "name", "required")]
    [InlineData("""{"name":"  ","kind":"text"}""", "name", "too_short")]
    [InlineData("""{"name":"a\nb","kind":"text"}""", "name", "invalid_characters")]
    [InlineData("""{"name":"a\u202eb","kind":"text"}""", "name", "invalid_characters")]
    [InlineData("""{"name":"a\u0000b","kind":"text"}""", "name", "invalid_characters")]
    [InlineData("""{"name":"a\ud800b","kind":"text"}""", null, null)]
    [InlineData("""{"name":"a"}""", "kind", "required")]
    [InlineData("""{"name":"a","kind":"TEXT"}""", "kind", "invalid")]
    [InlineData("""{"name":"a","kind":"text","slowMode":-1}""", "slowMode", "out_of_range")]
    [InlineData("""{"name":"a","kind":"text","slowMode":21601}""", "slowMode", "out_of_range")]
    [InlineData("""{"name":"a","kind":"voice","slowMode":5}""", "slowMode", "not_applicable")]
    [InlineData("""{"name":"a","kind":"text","topic":"a\u0007b"}""", "topic", "invalid_characters")]
    [InlineData("""{"name":"a","kind":"text","category":"00000000-0000-0000-0000-000000000000"}""", "category", "not_found")]
    [InlineData("""{"name":7,"kind":"text"}""", null, null)]
    [InlineData("""{"name":"a","kind":"text","slowMode":99999999999}""", null, null)]
    [InlineData("""{"name":"a","kind":"text","slowMode":1.5}""", null, null)]
    [InlineData("""{"name":"a","kind":"text","private":"yes"}""", null, null)]
    [InlineData("""{"name":"a","kind":"text","category":"none"}""", null, null)]
    [InlineData("""["text"]""", null, null)]
    [InlineData("null", null, null)]
    public async Task A_channel_that_cannot_be_is_refused(string body, string? field, string? fieldCode)
    {
        using var community = await Community.FoundAsync(Deployment);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        await (await community.Owner.Client.PostAsync(new Uri(Path(community), UriKind.Relative), content, TestContext.Current.CancellationToken))
            .RefusedAsync(HttpStatusCode.BadRequest, field is null ? "malformed_request" : "validation_failed", field, fieldCode);
        Assert.Equal(1, (await community.ReadAsync()).GetProperty("channels").GetArrayLength());
    }

    [Fact]
    public async Task Names_and_topics_are_counted_in_characters_as_people_see_them()
    {
        using var community = await Community.FoundAsync(Deployment);
        var longest = string.Concat(Enumerable.Repeat("🐢", 100));
        var created = await CreateAsync(community, new { name = longest, kind = "text", topic = new string('t', 1024) });
        Assert.Equal((longest, 1024), (Text(created, "name"), Text(created, "topic").Length));
        await Refuses(new { name = longest + "a", kind = "text" }, "name");
        await Refuses(new { name = "a", kind = "text", topic = new string('t', 1025) }, "topic");
        await Refuses(new { name = new string('a', 5000), kind = "text" }, "name");

        async Task Refuses(object body, string field) =>
            await (await community.Owner.Client.SendAsync(HttpMethod.Post, Path(community), body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, "too_long");
    }

    [Fact]
    public async Task A_channel_is_changed_in_what_the_request_names_and_in_nothing_else()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator");
        var moderator = community.As("moderator");
        var category = (await moderator.SendAsync(HttpMethod.Post, $"/api/v1/servers/{community.Server}/categories", new { name = "Games" }, HttpStatusCode.Created)).Id();
        var path = $"/api/v1/channels/{community.General}";
        var rev = await community.RevAsync();

        var renamed = await moderator.SendAsync(HttpMethod.Patch, path, new { name = "Lobby", topic = "Hello", slowMode = 10 }, HttpStatusCode.OK);
        Assert.Equal(("Lobby", "Hello", 10), (Text(renamed, "name"), Text(renamed, "topic"), renamed.GetProperty("slowMode").GetInt32()));
        var moved = await moderator.SendAsync(HttpMethod.Patch, path, new { category }, HttpStatusCode.OK);
        Assert.Equal((category, "Hello"), (moved.GetProperty("category").GetGuid(), Text(moved, "topic")));
        var cleared = await moderator.SendAsync(HttpMethod.Patch, path, new { topic = (string?)null, category = (Guid?)null, slowMode = 0 }, HttpStatusCode.OK);
        Assert.False(cleared.TryGetProperty("topic", out _) || cleared.TryGetProperty("category", out _));
        Assert.Equal(rev + 3, await community.RevAsync());

        // What changes nothing is no change.
        foreach (var same in (object[])[new { }, new { name = "Lobby" }, new { topic = " " }, new { category = (Guid?)null, slowMode = 0, @private = false }])
        {
            Assert.Equal(cleared.GetRawText(), (await moderator.SendAsync(HttpMethod.Patch, path, same, HttpStatusCode.OK)).GetRawText());
        }

        Assert.Equal(rev + 3, await community.RevAsync());
        Assert.Equal(cleared.GetRawText(), (await moderator.ReadAsync(path)).GetRawText());
    }

    [Theory]
    [InlineData("""{"name":null}""", "name", "required")]
    [InlineData("""{"name":""}""", "name", "too_short")]
    [InlineData("""{"topic":"a\u200bb"}""", "topic", "invalid_characters")]
    [InlineData("""{"slowMode":-1}""", "slowMode", "out_of_range")]
    [InlineData("""{"slowMode":21601}""", "slowMode", "out_of_range")]
    [InlineData("""{"category":"00000000-0000-0000-0000-000000000000"}""", "category", "not_found")]
    [InlineData("""{"slowMode":null}""", null, null)]
    [InlineData("""{"private":null}""", null, null)]
    [InlineData("""{"topic":5}""", null, null)]
    [InlineData("""{"category":5}""", null, null)]
    [InlineData("""{"slowMode":"5"}""", null, null)]
    [InlineData("""{"name":"a","name":"b"}""", null, null)]
    [InlineData("[]", null, null)]
    public async Task A_change_that_cannot_be_is_refused(string body, string? field, string? fieldCode)
    {
        using var community = await Community.FoundAsync(Deployment);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        await (await community.Owner.Client.PatchAsync(new Uri($"/api/v1/channels/{community.General}", UriKind.Relative), content, TestContext.Current.CancellationToken))
            .RefusedAsync(HttpStatusCode.BadRequest, field is null ? "malformed_request" : "validation_failed", field, fieldCode);
        Assert.Equal("general", Text(await community.Owner.Client.ReadAsync($"/api/v1/channels/{community.General}"), "name"));
    }

    [Fact]
    public async Task Voice_is_not_slowed_down_and_a_category_of_another_server_does_not_count()
    {
        using var community = await Community.FoundAsync(Deployment);
        var elsewhere = (await community.Owner.Client.CreateServerAsync()).Id();
        var foreign = (await community.Owner.Client.SendAsync(HttpMethod.Post, $"/api/v1/servers/{elsewhere}/categories", new { name = "Foreign" }, HttpStatusCode.Created)).Id();
        var voice = (await CreateAsync(community, new { name = "talk", kind = "voice" })).Id();

        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, $"/api/v1/channels/{voice}", new { slowMode = 5 }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "slowMode", "not_applicable");
        await (await community.Owner.Client.SendAsync(HttpMethod.Patch, $"/api/v1/channels/{voice}", new { category = foreign }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "category", "not_found");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, Path(community), new { name = "a", kind = "text", category = foreign }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "category", "not_found");
    }

    [Fact]
    public async Task A_deleted_channel_is_gone_with_its_overrides_the_last_one_too()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member");
        var path = $"/api/v1/channels/{community.General}";
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/overrides/{community.Of("member").Id}", new { kind = "member", deny = (long)Granted.SendMessages }, HttpStatusCode.OK);

        await community.As("admin").SendAsync(HttpMethod.Delete, path, null, HttpStatusCode.NoContent);

        await community.Owner.Client.RefusesAsync(path, HttpStatusCode.NotFound, "channel_not_found");
        await (await community.As("admin").SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.NotFound, "channel_not_found");
        Assert.Equal(0, (await community.ReadAsync()).GetProperty("channels").GetArrayLength());
        Assert.Empty(await Sql.ListAsync<Guid>(Deployment.Database, "select target_id from channel_overrides where channel_id = $1", community.General));
    }

    [Fact]
    public async Task Every_change_of_a_channel_is_announced_and_audited()
    {
        using var community = await Community.FoundAsync(Deployment, "admin");
        await using var queue = await community.ListenAsync(Events);
        var rev = await community.RevAsync();
        var admin = community.As("admin");
        var channel = (await CreateAsync(community, new { name = "news", kind = "announcement", topic = "All of it", slowMode = 30 }, "admin")).Id();
        await admin.SendAsync(HttpMethod.Patch, $"/api/v1/channels/{channel}", new { name = "News", topic = (string?)null }, HttpStatusCode.OK);
        await admin.SendAsync(HttpMethod.Delete, $"/api/v1/channels/{channel}", null, HttpStatusCode.NoContent);

        var heard = (await queue.TakeAsync(community.Server)).OrderBy(one => one.Body.GetProperty("rev").GetInt64()).ToList();
        Assert.Equal(Events.Index().Select(one => (one.Item, rev + 1 + one.Index)), heard.Select(one => (one.Type, one.Body.GetProperty("rev").GetInt64())));
        Assert.All(heard, one => Assert.Equal(channel, one.Body.GetProperty("channel").GetGuid()));
        Assert.Equal(("All of it", 30), (Text(heard[0].Body, "topic"), heard[0].Body.GetProperty("slowMode").GetInt32()));
        Assert.Equal(("News", 30), (Text(heard[1].Body, "name"), heard[1].Body.GetProperty("slowMode").GetInt32()));

        var audited = await Sql.ListAsync<string>(
            Deployment.Database,
            "select action || ' ' || coalesce(before ->> 'name', '-') || ' ' || coalesce(after ->> 'name', '-') from audit_log where target_id = $1 and actor_id = $2 order by id",
            channel,
            community.Of("admin").Id);
        Assert.Equal(["channel.created - news", "channel.updated news News", "channel.deleted News -"], audited);
        Assert.Equal(
            ["""{"name": "news", "topic": "All of it"} {"name": "News", "topic": null}"""],
            await Sql.ListAsync<string>(Deployment.Database, "select before::text || ' ' || after::text from audit_log where target_id = $1 and action = 'channel.updated'", channel));
    }

    [Fact]
    public async Task G2_a_key_makes_one_channel_one_change_and_one_deletion()
    {
        using var community = await Community.FoundAsync(Deployment, "admin");
        using var elsewhere = Deployment.ClientOf(community.Of("admin"), replica: 0);
        HttpClient[] clients = [community.As("admin"), elsewhere];
        var body = new { name = "once", kind = "text" };

        var created = await Task.WhenAll(Enumerable.Range(0, 10).Select(async index =>
        {
            using var response = await clients[index % 2].SendAsync(HttpMethod.Post, Path(community), body, "create");
            return (await response.BodyAsync(HttpStatusCode.Created)).GetRawText() + response.Headers.Location;
        }));
        Assert.Single(created.Distinct());
        Assert.Equal(2, (await community.ReadAsync()).GetProperty("channels").GetArrayLength());
        await (await clients[0].SendAsync(HttpMethod.Post, Path(community), new { name = "twice", kind = "text" }, "create"))
            .RefusedAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");

        var path = $"/api/v1/channels/{(await community.ReadAsync()).GetProperty("channels")[1].Id()}";
        var first = await (await clients[0].SendAsync(HttpMethod.Patch, path, new { name = "Other" }, "patch")).BodyAsync(HttpStatusCode.OK);
        for (var repeat = 0; repeat < 2; repeat++)
        {
            using var deleted = await clients[repeat].SendAsync(HttpMethod.Delete, path, key: "delete");
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }

        // The channel is gone, and the answers of before stand.
        Assert.Equal(first.GetRawText(), (await (await clients[1].SendAsync(HttpMethod.Patch, path, new { name = "Other" }, "patch")).BodyAsync(HttpStatusCode.OK)).GetRawText());
        await (await clients[1].SendAsync(HttpMethod.Delete, path, key: "another")).RefusedAsync(HttpStatusCode.NotFound, "channel_not_found");
    }

    private static string Path(Community community) => $"/api/v1/servers/{community.Server}/channels";

    private static Task<JsonElement> CreateAsync(Community community, object body, string role = "owner") =>
        community.As(role).SendAsync(HttpMethod.Post, Path(community), body, HttpStatusCode.Created);

    private static string Text(JsonElement thing, string name) => thing.GetProperty(name).GetString() ?? "";

    private static Granted Rights(JsonElement channel) => (Granted)channel.GetProperty("permissions").GetInt64();
}
