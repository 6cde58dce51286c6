using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

public sealed class OverrideTests(ServersFixture fixture)
{
    private const long Send = (long)Granted.SendMessages;
    private const long Attach = (long)Granted.AttachFiles;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task An_override_is_set_changed_listed_and_removed()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member");
        await using var queue = await community.ListenAsync("ChannelOverrideChanged");
        var (admin, member) = (community.As("admin"), community.Of("member").Id);
        var role = community.Role("member");
        var rev = await community.RevAsync();

        var set = await admin.SendAsync(HttpMethod.Put, Path(community, role), new { kind = "role", deny = Send }, HttpStatusCode.OK);
        Assert.Equal((role, "role", 0L, Send), Read(set));
        Assert.False((await RightsAsync(community)).HasFlag(Granted.SendMessages));
        await admin.SendAsync(HttpMethod.Put, Path(community, member), new { kind = "member", allow = Send }, HttpStatusCode.OK);
        Assert.True((await RightsAsync(community)).HasFlag(Granted.SendMessages));
        await admin.SendAsync(HttpMethod.Put, Path(community, member), new { kind = "member", allow = Send, deny = Attach }, HttpStatusCode.OK);
        Assert.False((await RightsAsync(community)).HasFlag(Granted.AttachFiles));

        // The same once more changes nothing.
        await admin.SendAsync(HttpMethod.Put, Path(community, member), new { kind = "member", allow = Send, deny = Attach }, HttpStatusCode.OK);
        Assert.Equal(
            ((IEnumerable<(Guid, string, long, long)>)[(role, "role", 0, Send), (member, "member", Send, Attach)]).OrderBy(one => one.Item1),
            (await ListAsync(admin, community)).OrderBy(one => one.Item1));
        await admin.SendAsync(HttpMethod.Delete, Path(community, member), null, HttpStatusCode.NoContent);
        await (await admin.SendAsync(HttpMethod.Delete, Path(community, member))).RefusedAsync(HttpStatusCode.NotFound, "override_not_found");
        Assert.Equal([(role, "role", 0, Send)], await ListAsync(admin, community));
        Assert.Equal(rev + 4, await community.RevAsync());

        // The last one took a permission away and stands in the queue when it is answered, with all before it.
        var heard = (await queue.TakeAsync(community.Server)).Select(one => one.Body).OrderBy(one => one.GetProperty("rev").GetInt64()).ToList();
        Assert.Equal(
            [(rev + 1, role, 0, Send), (rev + 2, member, Send, 0), (rev + 3, member, Send, Attach), (rev + 4, member, 0L, 0L)],
            heard.Select(one => (one.GetProperty("rev").GetInt64(), one.GetProperty("target").GetGuid(), one.GetProperty("allow").GetInt64(), one.GetProperty("deny").GetInt64())));
        Assert.Equal(
            [$"channel.override_set - {Send}/0", $"channel.override_set {Send}/0 {Send}/{Attach}", $"channel.override_removed {Send}/{Attach} -"],
            await Sql.ListAsync<string>(
                Deployment.Database,
                """
                select action || ' ' || coalesce((before ->> 'allow') || '/' || (before ->> 'deny'), '-') || ' ' || coalesce((after ->> 'allow') || '/' || (after ->> 'deny'), '-')
                from audit_log where target_id = $1 order by id
                """,
                member));
    }

    [Theory]
    [InlineData("""{"allow":2}""", "kind", "required")]
    [InlineData("""{"kind":"user","allow":2}""", "kind", "invalid")]
    [InlineData("""{"kind":"role"}""", "allow", "required")]
    [InlineData("""{"kind":"role","allow":0,"deny":0}""", "allow", "required")]
    [InlineData("""{"kind":"role","allow":6,"deny":2}""", "deny", "overlap")]
    [InlineData("""{"kind":"role","allow":262144}""", "allow", "not_of_channels")]
    [InlineData("""{"kind":"role","deny":16}""", "deny", "not_of_channels")]
    [InlineData("""{"kind":"role","allow":-1}""", "allow", "not_of_channels")]
    [InlineData("""{"kind":"role","allow":4194304}""", "allow", "not_of_channels")]
    [InlineData("""{"kind":"role","deny":-9223372036854775808}""", "deny", "not_of_channels")]
    [InlineData("""{"kind":"role","allow":9223372036854775808}""", null, null)]
    [InlineData("""{"kind":"role","allow":"2"}""", null, null)]
    [InlineData("""{"kind":"role","allow":1.5}""", null, null)]
    [InlineData("""{"kind":"role","allow":null}""", null, null)]
    [InlineData("""{"kind":1,"allow":2}""", null, null)]
    [InlineData("null", null, null)]
    public async Task An_override_that_cannot_be_is_refused(string body, string? field, string? fieldCode)
    {
        using var community = await Community.FoundAsync(Deployment);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        await (await community.Owner.Client.PutAsync(new Uri(Path(community, community.Role("member")), UriKind.Relative), content, TestContext.Current.CancellationToken))
            .RefusedAsync(HttpStatusCode.BadRequest, field is null ? "malformed_request" : "validation_failed", field, fieldCode);
        Assert.Empty(await ListAsync(community.Owner.Client, community));
    }

    [Fact]
    public async Task A_target_that_is_not_of_the_server_is_not_found()
    {
        using var community = await Community.FoundAsync(Deployment, "stranger", "member");
        var elsewhere = await community.Owner.Client.CreateServerAsync();
        var foreign = elsewhere.GetProperty("roles")[0].Id();
        foreach (var (target, kind, code) in ((Guid, string, string)[])
            [
                (foreign, "role", "role_not_found"),
                (Guid.CreateVersion7(), "role", "role_not_found"),
                (community.Of("member").Id, "role", "role_not_found"),
                (community.Of("stranger").Id, "member", "member_not_found"),
                (Guid.Empty, "member", "member_not_found"),
                (community.Role("member"), "member", "member_not_found"),
            ])
        {
            await (await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, target), new { kind, allow = Send })).RefusedAsync(HttpStatusCode.NotFound, code);
            await (await community.Owner.Client.SendAsync(HttpMethod.Delete, Path(community, target))).RefusedAsync(HttpStatusCode.NotFound, "override_not_found");
        }

        await (await community.Owner.Client.SendAsync(HttpMethod.Put, $"/api/v1/channels/{community.General}/overrides/me", new { kind = "member", allow = Send }))
            .RefusedAsync(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Nobody_sets_or_removes_overrides_of_who_stands_level_or_above_or_their_own()
    {
        using var community = await Community.FoundAsync(Deployment, "member", "moderator", "admin", "guest");
        var (keeper, rights) = (community.Of("moderator").Id, Granted.ManageRoles | Granted.ViewChannel | Granted.SendMessages);
        var custom = await community.CustomRoleAsync(rights, keeper);
        var moderator = community.As("moderator");
        (Guid Target, string Kind)[] above =
        [
            (custom, "role"), (community.Role("admin"), "role"), (community.Role("owner"), "role"),
            (community.Of("admin").Id, "member"), (community.Of("owner").Id, "member"), (keeper, "member"),
        ];
        foreach (var (target, kind) in above)
        {
            await (await moderator.SendAsync(HttpMethod.Put, Path(community, target), new { kind, allow = Send })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
            await Sql.ExecuteAsync(
                Deployment.Database,
                "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) values ($1, $2, $3, 0, 2)",
                community.General,
                target,
                kind == "role");
            await (await moderator.SendAsync(HttpMethod.Delete, Path(community, target))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
            await Sql.ExecuteAsync(Deployment.Database, "delete from channel_overrides where channel_id = $1", community.General);
        }

        foreach (var (target, kind) in ((Guid, string)[])
            [(community.Role("moderator"), "role"), (community.Role("guest"), "role"), (community.Of("member").Id, "member"), (community.Of("guest").Id, "member")])
        {
            await moderator.SendAsync(HttpMethod.Put, Path(community, target), new { kind, allow = Send }, HttpStatusCode.OK);
            await moderator.SendAsync(HttpMethod.Delete, Path(community, target), null, HttpStatusCode.NoContent);
        }

        // The owner role is beyond the owner too, but they may set what concerns themselves; administrators do not.
        await (await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, community.Role("owner")), new { kind = "role", allow = Send })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, community.Of("owner").Id), new { kind = "member", allow = Send }, HttpStatusCode.OK);
        await (await community.As("admin").SendAsync(HttpMethod.Put, Path(community, community.Of("admin").Id), new { kind = "member", allow = Send })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await community.As("admin").SendAsync(HttpMethod.Delete, Path(community, community.Of("owner").Id))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
    }

    [Fact]
    public async Task Nobody_gives_or_takes_in_a_channel_what_they_have_not_got_there()
    {
        using var community = await Community.FoundAsync(Deployment, "member", "moderator");
        var (keeper, member, moderator) = (community.Of("moderator").Id, community.Of("member").Id, community.As("moderator"));
        await community.CustomRoleAsync(Granted.ManageRoles, keeper);
        await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, keeper), new { kind = "member", deny = Attach }, HttpStatusCode.OK);

        foreach (var body in (object[])
            [
                new { kind = "member", allow = Attach }, new { kind = "member", deny = Attach }, new { kind = "member", allow = Send | Attach },
                new { kind = "member", allow = (long)Granted.DeleteChannels },
            ])
        {
            await (await moderator.SendAsync(HttpMethod.Put, Path(community, member), body)).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        }

        // What is there already and stays may be anything; what changes may not.
        await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, member), new { kind = "member", deny = Attach }, HttpStatusCode.OK);
        await moderator.SendAsync(HttpMethod.Put, Path(community, member), new { kind = "member", deny = Attach | Send }, HttpStatusCode.OK);
        await (await moderator.SendAsync(HttpMethod.Put, Path(community, member), new { kind = "member", deny = Send })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await moderator.SendAsync(HttpMethod.Delete, Path(community, member))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        Assert.Contains((member, "member", 0L, Attach | Send), await ListAsync(community.Owner.Client, community));
    }

    [Fact]
    public async Task The_denial_of_a_member_outlives_their_leaving_until_somebody_removes_it()
    {
        using var community = await Community.FoundAsync(Deployment, "member");
        var member = community.Of("member").Id;
        await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, member), new { kind = "member", deny = Send }, HttpStatusCode.OK);
        using var left = await community.As("member").LeaveAsync(community.Server);
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);

        await (await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, member), new { kind = "member", deny = Attach })).RefusedAsync(HttpStatusCode.NotFound, "member_not_found");
        await (await community.As("member").AcceptAsync(await community.Owner.Client.InviteAsync(community.Server))).BodyAsync(HttpStatusCode.OK);
        Assert.False((await RightsAsync(community)).HasFlag(Granted.SendMessages));
        using var again = await community.As("member").LeaveAsync(community.Server);
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        await community.Owner.Client.SendAsync(HttpMethod.Delete, Path(community, member), null, HttpStatusCode.NoContent);
        Assert.Empty(await ListAsync(community.Owner.Client, community));
    }

    [Fact]
    public async Task A_channel_takes_a_hundred_overrides_at_most_also_in_parallel()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member", "guest", "moderator");
        await Sql.ExecuteAsync(
            Deployment.Database,
            "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) select $1, gen_random_uuid(), false, 2, 0 from generate_series(1, 98)",
            community.General);
        Guid[] targets = [community.Of("member").Id, community.Of("guest").Id, community.Of("moderator").Id];
        var statuses = await Task.WhenAll(targets.Select(async (target, index) =>
        {
            using var response = await community.As(index % 2 == 0 ? "owner" : "admin").SendAsync(HttpMethod.Put, Path(community, target), new { kind = "member", allow = Send });
            return response.StatusCode;
        }));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Conflict], statuses.Order());
        var refused = targets[Array.IndexOf(statuses, HttpStatusCode.Conflict)];
        await (await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, refused), new { kind = "member", allow = Send })).RefusedAsync(HttpStatusCode.Conflict, "too_many_overrides");
        var present = targets[Array.IndexOf(statuses, HttpStatusCode.OK)];
        await community.Owner.Client.SendAsync(HttpMethod.Put, Path(community, present), new { kind = "member", deny = Send }, HttpStatusCode.OK);
        Assert.Equal(100, (await ListAsync(community.Owner.Client, community)).Count);
    }

    [Fact]
    public async Task G2_an_override_is_removed_once_per_key()
    {
        using var community = await Community.FoundAsync(Deployment, "member");
        var path = Path(community, community.Of("member").Id);
        await community.Owner.Client.SendAsync(HttpMethod.Put, path, new { kind = "member", allow = Attach }, HttpStatusCode.OK);
        for (var repeat = 0; repeat < 2; repeat++)
        {
            using var removed = await community.Owner.Client.SendAsync(HttpMethod.Delete, path, key: "remove");
            Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        }

        await (await community.Owner.Client.SendAsync(HttpMethod.Delete, path, key: "again")).RefusedAsync(HttpStatusCode.NotFound, "override_not_found");
    }

    private static string Path(Community community, Guid target) => $"/api/v1/channels/{community.General}/overrides/{target}";

    private static (Guid Target, string Kind, long Allow, long Deny) Read(JsonElement one) =>
        (one.GetProperty("target").GetGuid(), one.GetProperty("kind").GetString() ?? "", one.GetProperty("allow").GetInt64(), one.GetProperty("deny").GetInt64());

    private static async Task<List<(Guid Target, string Kind, long Allow, long Deny)>> ListAsync(HttpClient client, Community community) =>
        [.. (await client.ReadAsync($"/api/v1/channels/{community.General}/overrides")).GetProperty("items").EnumerateArray().Select(Read)];

    /// <summary>What the member may do in the channel.</summary>
    private static async Task<Granted> RightsAsync(Community community) =>
        (Granted)(await community.As("member").ReadAsync($"/api/v1/channels/{community.General}")).GetProperty("permissions").GetInt64();
}
