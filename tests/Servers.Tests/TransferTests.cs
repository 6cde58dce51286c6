namespace Chat.Servers.Tests;

/// <summary>A server goes from its owner to another member, and the owner stays as Admin.</summary>
public sealed class TransferTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task The_new_owner_has_the_owner_role_and_the_old_one_is_admin()
    {
        using var community = await Community.FoundAsync(Deployment);
        await Sql.ExecuteAsync(Deployment.Database, "update members set ends_at = now() + interval '1 day' where server_id = $1 and user_id = $2", community.Server, community.Of("member").Id);
        var rev = (await community.ReadAsync()).GetProperty("rev").GetInt64();

        var answer = await (await TransferAsync(community, "owner", "member")).BodyAsync(HttpStatusCode.OK);

        Assert.Equal((community.Of("member").Id, rev + 1), (answer.GetProperty("owner").GetGuid(), answer.GetProperty("rev").GetInt64()));
        Assert.Equal([community.Role("admin")], RolesOf(answer));
        var mine = await community.As("member").ReadAsync(community.Path);
        Assert.Equal([community.Role("member"), community.Role("owner")], RolesOf(mine));
        Assert.Equal((long)Contracts.Permissions.All, mine.GetProperty("me").GetProperty("permissions").GetInt64());
        Assert.False(mine.GetProperty("me").TryGetProperty("endsAt", out _));
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/archive")).RefusedAsync(HttpStatusCode.Forbidden, "owner_only");
        var entry = Assert.Single((await community.Owner.Client.ReadAsync($"{community.Path}/audit-log?action=server.transferred")).GetProperty("items").EnumerateArray());
        Assert.Equal(
            (community.Of("member").Id, community.Of("owner").Id, community.Of("member").Id),
            (entry.GetProperty("target").GetGuid(), entry.GetProperty("before").GetProperty("owner").GetGuid(), entry.GetProperty("after").GetProperty("owner").GetGuid()));
        foreach (var reader in Deployment.Readers)
        {
            Assert.Equal(Contracts.Permissions.All, (await reader.GetAsync(community.General, community.Of("member").Id, Cancellation))?.Granted);
        }
    }

    [Fact]
    public async Task Only_the_owner_hands_a_server_over()
    {
        using var community = await Community.FoundAsync(Deployment);
        foreach (var role in new[] { "admin", "moderator", "member", "guest" })
        {
            await (await TransferAsync(community, role, "admin")).RefusedAsync(HttpStatusCode.Forbidden, "owner_only");
        }

        await (await TransferAsync(community, "stranger", "stranger")).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await TransferAsync(community, "owner", "stranger")).RefusedAsync(HttpStatusCode.NotFound, "member_not_found");
        await (await TransferAsync(community, "owner", Guid.CreateVersion7())).RefusedAsync(HttpStatusCode.NotFound, "member_not_found");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/transfer", "{}")).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "user", "required");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/transfer", """{"user":"x"}""")).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        using var nobody = Deployment.Replicas[0].CreateClient();
        await (await nobody.SendAsync(HttpMethod.Post, $"{community.Path}/transfer", new { user = community.Of("admin").Id })).RefusedAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(community.Of("owner").Id, (await community.ReadAsync()).GetProperty("owner").GetGuid());
    }

    [Fact]
    public async Task Handing_a_server_to_its_owner_changes_nothing()
    {
        using var community = await Community.FoundAsync(Deployment, "owner");
        var before = await community.ReadAsync();
        Assert.Equal(before.GetRawText(), (await (await TransferAsync(community, "owner", "owner")).BodyAsync(HttpStatusCode.OK)).GetRawText());
    }

    [Fact]
    public async Task Without_a_proof_of_the_last_five_minutes_it_is_refused_and_with_a_new_one_it_works()
    {
        using var community = await Community.FoundAsync(Deployment, "member");
        var identity = Deployment.Settings["ConnectionStrings:identitydb"] ?? "";
        await Sql.ExecuteAsync(identity, "update sessions set proved_at = now() - interval '5 minutes 1 second' where account_id = $1", community.Of("owner").Id);
        var refused = await (await TransferAsync(community, "owner", "member")).RefusedAsync(HttpStatusCode.Forbidden, "proof_required");
        Assert.Equal(["password"], refused.GetProperty("methods").EnumerateArray().Select(method => method.GetString()));

        using var person = Deployment.Identity.CreateClient(community.Of("owner").Token);
        using var proved = await person.SendAsync(HttpMethod.Post, "/api/v1/auth/proof", new { password = Accounts.Password });
        Assert.Equal(HttpStatusCode.NoContent, proved.StatusCode);
        await (await TransferAsync(community, "owner", "member")).BodyAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_token_that_is_no_browsers_session_cannot_hand_a_server_over()
    {
        using var community = await Community.FoundAsync(Deployment, "member");
        using var script = await TokenClientAsync(community.Of("owner"), "/api/v1/auth/tokens", new { name = "script", scopes = new[] { "servers:read", "servers:write" } });
        await script.ReadAsync(community.Path);
        await (await script.SendAsync(HttpMethod.Post, $"{community.Path}/transfer", new { user = community.Of("member").Id })).RefusedAsync(HttpStatusCode.Forbidden, "proof_required");
        Assert.Equal(community.Of("owner").Id, (await community.ReadAsync()).GetProperty("owner").GetGuid());
    }

    [Fact]
    public async Task Neither_a_bot_nor_an_account_out_of_use_can_own_a_server()
    {
        using var community = await Community.FoundAsync(Deployment, "member", "guest");
        var identity = Deployment.Settings["ConnectionStrings:identitydb"] ?? "";
        await Sql.ExecuteAsync(identity, "update accounts set is_bot = true where id = $1", community.Of("member").Id);
        await Sql.ExecuteAsync(identity, "update accounts set state = 2 where id = $1", community.Of("guest").Id);
        foreach (var role in new[] { "member", "guest" })
        {
            await (await TransferAsync(community, "owner", role)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "user", "not_eligible");
        }
    }

    [Fact]
    public async Task An_archived_server_can_be_handed_over()
    {
        using var community = await Community.FoundAsync(Deployment, "member");
        await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/archive")).BodyAsync(HttpStatusCode.OK);
        await (await TransferAsync(community, "owner", "member")).BodyAsync(HttpStatusCode.OK);
        await (await community.As("member").SendAsync(HttpMethod.Post, $"{community.Path}/reopen")).BodyAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_parallel_transfers_one_happens_and_there_is_one_owner()
    {
        using var community = await Community.FoundAsync(Deployment, "admin", "member", "guest");
        var heirs = new[] { "admin", "member", "guest" };
        var statuses = await Task.WhenAll(heirs.Select(async heir =>
        {
            using var response = await TransferAsync(community, "owner", heir);
            return response.StatusCode;
        }));
        Assert.Equal(1, statuses.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(2, statuses.Count(status => status == HttpStatusCode.Forbidden));
        await OneOwnerAsync(community);
    }

    [Fact]
    public async Task A_transfer_and_the_leave_of_the_new_owner_at_once_leave_an_owner_who_is_a_member()
    {
        for (var round = 0; round < 10; round++)
        {
            using var community = await Community.FoundAsync(Deployment, "member");
            var transfer = TransferAsync(community, "owner", "member");
            using var left = await community.As("member").LeaveAsync(community.Server);
            using var transferred = await transfer;
            Assert.Contains(
                (transferred.StatusCode, left.StatusCode),
                new[] { (HttpStatusCode.OK, HttpStatusCode.Conflict), (HttpStatusCode.NotFound, HttpStatusCode.NoContent) });
            await OneOwnerAsync(community);
        }
    }

    [Fact]
    public async Task A_transfer_and_a_deletion_at_once_give_one_of_the_two()
    {
        for (var round = 0; round < 5; round++)
        {
            using var community = await Community.FoundAsync(Deployment, "member");
            var transfer = TransferAsync(community, "owner", "member");
            using var deleted = await community.Owner.Client.SendAsync(HttpMethod.Delete, community.Path, new { name = "A server" });
            using var transferred = await transfer;
            // A transfer that was already made and is deleted by its former owner is not possible.
            Assert.Contains(
                (transferred.StatusCode, deleted.StatusCode),
                new[] { (HttpStatusCode.OK, HttpStatusCode.Forbidden), (HttpStatusCode.NotFound, HttpStatusCode.NoContent) });
        }
    }

    [Fact]
    public async Task G2_a_transfer_with_a_key_is_answered_again_to_the_former_owner()
    {
        using var community = await Community.FoundAsync(Deployment, "member");
        var body = new { user = community.Of("member").Id };
        var first = await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/transfer", body, ("Idempotency-Key", "k"))).BodyAsync(HttpStatusCode.OK);
        var again = await (await community.Owner.Client.SendAsync(HttpMethod.Post, $"{community.Path}/transfer", body, ("Idempotency-Key", "k"))).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(first.GetRawText(), again.GetRawText());
        await (await TransferAsync(community, "owner", "member")).RefusedAsync(HttpStatusCode.Forbidden, "owner_only");
    }

    private static Task<HttpResponseMessage> TransferAsync(Community community, string by, string to) => TransferAsync(community, by, community.Of(to).Id);

    private static Task<HttpResponseMessage> TransferAsync(Community community, string by, Guid to) => community.As(by).SendAsync(HttpMethod.Post, $"{community.Path}/transfer", new { user = to });

    private static List<Guid> RolesOf(JsonElement server) => [.. server.GetProperty("me").GetProperty("roles").EnumerateArray().Select(role => role.GetGuid())];

    private async Task OneOwnerAsync(Community community) => Assert.Equal(
        [1L],
        await Sql.ListAsync<long>(
            Deployment.Database,
            """
            select count(*) from servers s
            join members m on m.server_id = s.id and m.user_id = s.owner_id
            join member_roles h on h.server_id = s.id and h.user_id = s.owner_id
            join roles r on r.id = h.role_id and r.built_in = 'owner'
            where s.id = $1 and not exists (
                select from member_roles o where o.role_id = r.id and o.user_id <> s.owner_id)
            """,
            community.Server));

    private async Task<HttpClient> TokenClientAsync(Account person, string route, object request)
    {
        using var client = Deployment.Identity.CreateClient(person.Token);
        var token = (await (await client.SendAsync(HttpMethod.Post, route, request)).BodyAsync(HttpStatusCode.Created)).GetProperty("token").GetString();
        using var gateway = Deployment.Identity.CreateClient(Deployment.Identity.ServiceToken("identity"));
        var exchanged = await (await gateway.SendAsync(HttpMethod.Post, "/internal/tokens/exchange", new { token })).BodyAsync(HttpStatusCode.OK);
        return Deployment.Replicas[0].CreateClient(exchanged.GetProperty("accessToken").GetString());
    }
}
