namespace Chat.Servers.Tests;

/// <summary>Who may do what with invites, and what they carry.</summary>
public sealed class InviteRoleTests(ServersFixture fixture)
{
    private static readonly string[] Lower = ["guest", "member", "moderator"];

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Who_may_invite_sees_their_own_and_who_manages_the_server_sees_all()
    {
        using var community = await FoundAsync();
        using var nobody = Deployment.Replicas[0].CreateClient();
        var path = $"/api/v1/servers/{community.Server}/invites";
        var codes = new List<string>();
        foreach (var role in new[] { "owner", "admin", "moderator", "member" })
        {
            codes.Add(await community.As(role).InviteAsync(community.Server));
        }

        Assert.Equal(codes, await ListedAsync(community.Owner.Client, path));
        Assert.Equal(codes, await ListedAsync(community.As("admin"), path));
        Assert.Equal([codes[2]], await ListedAsync(community.As("moderator"), path));
        Assert.Equal([codes[3]], await ListedAsync(community.As("member"), path));

        await (await community.As("guest").PostAsync(path, null, new { })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await community.As("guest").RefusesAsync(path, HttpStatusCode.Forbidden, "missing_permission");
        await (await community.As("guest").SendAsync(HttpMethod.Delete, $"{path}/{codes[0]}")).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await (await community.As("guest").PostAsync($"{path}/{codes[0]}/regenerate", key: null)).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        foreach (var role in new[] { "member", "moderator" })
        {
            await (await community.As(role).SendAsync(HttpMethod.Delete, $"{path}/{codes[0]}")).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
            await (await community.As(role).PostAsync($"{path}/{codes[0]}/regenerate", key: null)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
        }

        foreach (var role in Lower)
        {
            await (await community.As(role).SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        await (await community.As("stranger").PostAsync(path, null, new { })).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await community.As("stranger").RefusesAsync(path, HttpStatusCode.NotFound, "server_not_found");
        await (await community.As("stranger").SendAsync(HttpMethod.Delete, path)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await community.As("stranger").SendAsync(HttpMethod.Delete, $"{path}/{codes[0]}")).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await community.As("stranger").PostAsync($"{path}/{codes[0]}/regenerate", key: null)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        foreach (var refused in new[]
        {
            await nobody.PostAsync(path, null, new { }), await nobody.SendAsync(HttpMethod.Delete, path), await nobody.SendAsync(HttpMethod.Delete, $"{path}/{codes[0]}"),
            await nobody.PostAsync($"{path}/{codes[0]}/regenerate", key: null), await nobody.AcceptAsync(codes[0]), await nobody.PostAsync($"/api/v1/servers/{community.Server}/join", key: null),
        })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            refused.Dispose();
        }

        Assert.Equal(codes, await ListedAsync(community.Owner.Client, path));
        using var own = await community.As("member").SendAsync(HttpMethod.Delete, $"{path}/{codes[3]}");
        using var others = await community.As("admin").SendAsync(HttpMethod.Delete, $"{path}/{codes[0]}");
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (own.StatusCode, others.StatusCode));
        Assert.Equal(codes[1..3], await ListedAsync(community.Owner.Client, path));
    }

    [Fact]
    public async Task A_regenerated_invite_has_the_same_settings_and_no_uses_and_the_old_code_is_dead()
    {
        using var community = await FoundAsync();
        using var nobody = Deployment.Replicas[0].CreateClient();
        var path = $"/api/v1/servers/{community.Server}/invites";
        var old = await community.As("member").InviteAsync(community.Server, new { maxUses = 5, expiresInSeconds = 3600, membershipSeconds = 7200 });
        await Sql.ExecuteAsync(Deployment.Database, "update invites set uses = 3 where code = $1", old);
        var rev = await community.RevAsync();

        using var response = await community.As("admin").PostAsync($"{path}/{old}/regenerate", "again");
        var invite = await response.BodyAsync(HttpStatusCode.Created);
        var code = invite.GetProperty("code").GetString() ?? "";
        Assert.NotEqual(old, code);
        Assert.Equal($"/api/v1/invites/{code}", response.Headers.Location?.OriginalString);
        Assert.Equal(
            (0, 5, 7200, community.Of("member").Id, TimeSpan.FromHours(1)),
            (invite.GetProperty("uses").GetInt32(), invite.GetProperty("maxUses").GetInt32(), invite.GetProperty("membershipSeconds").GetInt32(), invite.GetProperty("createdBy").GetGuid(),
                invite.GetProperty("expiresAt").GetDateTimeOffset() - invite.GetProperty("createdAt").GetDateTimeOffset()));

        // The same request again, on any replica, gets the first answer (G2); without its key the old code is simply gone.
        Assert.Equal(code, (await (await community.As("admin").PostAsync($"{path}/{old}/regenerate", "again")).BodyAsync(HttpStatusCode.Created)).GetProperty("code").GetString());
        await (await community.As("admin").PostAsync($"{path}/{old}/regenerate", key: null)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
        await nobody.RefusesAsync($"/api/v1/invites/{old}", HttpStatusCode.NotFound, "invite_not_found");
        await (await community.As("stranger").AcceptAsync(old)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
        Assert.Equal([code], await ListedAsync(community.As("member"), path));
        Assert.Equal(rev + 1, await community.RevAsync());

        // Its creator may too.
        using var own = await community.As("member").PostAsync($"{path}/{code}/regenerate", key: null);
        var last = (await own.BodyAsync(HttpStatusCode.Created)).GetProperty("code").GetString();
        await (await community.As("stranger").AcceptAsync(last ?? "")).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(
            [$"invite.created  {old}", $"invite.regenerated {old} {code}", $"invite.regenerated {code} {last}"],
            await Sql.ListAsync<string>(
                Deployment.Database,
                "select action || ' ' || coalesce(before->>'code', '') || ' ' || coalesce(after->>'code', '') from audit_log where server_id = $1 order by id offset 1",
                community.Server));
    }

    [Fact]
    public async Task All_invites_die_at_once()
    {
        using var community = await FoundAsync();
        using var nobody = Deployment.Replicas[0].CreateClient();
        var path = $"/api/v1/servers/{community.Server}/invites";
        string[] codes = [await community.Owner.Client.InviteAsync(community.Server), await community.As("member").InviteAsync(community.Server), await community.As("member").InviteAsync(community.Server, new { expiresInSeconds = 0 })];
        var rev = await community.RevAsync();

        using var first = await community.As("admin").SendAsync(HttpMethod.Delete, path);
        using var second = await community.As("admin").SendAsync(HttpMethod.Delete, path);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (first.StatusCode, second.StatusCode));
        Assert.Equal(rev + 1, await community.RevAsync());
        Assert.Empty(await ListedAsync(community.Owner.Client, path));
        foreach (var code in codes)
        {
            await nobody.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
            await (await community.As("stranger").AcceptAsync(code)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
        }

        Assert.Equal(
            [string.Join(' ', codes)],
            await Sql.ListAsync<string>(
                Deployment.Database,
                "select (select string_agg(code, ' ' order by place) from jsonb_array_elements_text(before->'codes') with ordinality listed (code, place)) from audit_log where server_id = $1 and before ? 'codes'",
                community.Server));
    }

    [Fact]
    public async Task An_invite_outlives_its_creators_right_and_dies_with_nobodys_departure()
    {
        using var community = await FoundAsync();
        using var nobody = Deployment.Replicas[0].CreateClient();
        var code = await community.As("member").InviteAsync(community.Server);
        await Sql.ExecuteAsync(Deployment.Database, "update roles set permissions = 0 where server_id = $1 and built_in = 'member'", community.Server);
        await (await community.As("member").PostAsync($"/api/v1/servers/{community.Server}/invites", null, new { })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        Assert.Equal(community.Server, (await nobody.ReadAsync($"/api/v1/invites/{code}")).GetProperty("server").Id());
        using var left = await community.As("member").LeaveAsync(community.Server);
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        await (await community.As("stranger").AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_member_who_is_timed_out_invites_nobody()
    {
        using var community = await FoundAsync();
        await Sql.ExecuteAsync(
            Deployment.Database, "insert into member_timeouts (server_id, user_id, until) values ($1, $2, now() + interval '1 hour')", community.Server, community.Of("member").Id);
        await (await community.As("member").PostAsync($"/api/v1/servers/{community.Server}/invites", null, new { })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
    }

    [Fact]
    public async Task An_archived_server_takes_no_invites_shows_none_to_strangers_and_lets_nobody_in()
    {
        using var community = await FoundAsync();
        using var nobody = Deployment.Replicas[0].CreateClient();
        var code = await community.Owner.Client.InviteAsync(community.Server);
        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now(), public = true where id = $1", community.Server);
        await (await community.Owner.Client.PostAsync($"/api/v1/servers/{community.Server}/invites", null, new { })).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        await (await community.Owner.Client.PostAsync($"/api/v1/servers/{community.Server}/invites/{code}/regenerate", key: null)).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        await (await community.Owner.Client.SendAsync(HttpMethod.Delete, $"/api/v1/servers/{community.Server}/invites/{code}")).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        await nobody.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
        await (await community.As("stranger").AcceptAsync(code)).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        await (await community.As("stranger").PostAsync($"/api/v1/servers/{community.Server}/join", key: null)).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        Assert.Equal([code], await ListedAsync(community.Owner.Client, $"/api/v1/servers/{community.Server}/invites"));
    }

    internal static async Task<List<string>> ListedAsync(HttpClient client, string path) =>
        [.. (await client.ReadAsync(path)).GetProperty("items").EnumerateArray().Select(invite => invite.GetProperty("code").GetString() ?? "")];

    /// <summary>Without the invite by which everybody came.</summary>
    private async Task<Community> FoundAsync()
    {
        var community = await Community.FoundAsync(Deployment);
        await Sql.ExecuteAsync(Deployment.Database, "delete from invites where server_id = $1", community.Server);
        return community;
    }
}
