using Npgsql;

namespace Chat.Servers.Tests;

/// <summary>Coming in: directly, by an invite, and at the moment when that is being made impossible.</summary>
public sealed class JoinTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G2_a_public_server_is_joined_directly_and_once_and_a_private_one_is_not_there()
    {
        var bob = await Deployment.SignUpAsync("bob");
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        HttpClient[] replicas = [Deployment.ClientOf(bob), Deployment.ClientOf(bob, replica: 1)];
        var created = await owner.CreateServerAsync();
        var path = $"/api/v1/servers/{created.Id()}/join";
        await (await replicas[0].PostAsync(path, "in")).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await replicas[0].PostAsync($"/api/v1/servers/{Guid.NewGuid()}/join", key: null)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await Sql.ExecuteAsync(Deployment.Database, "update servers set public = true, newcomers = 'guest' where id = $1", created.Id());

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async index => await (await replicas[index % 2].PostAsync(path, "in")).BodyAsync(HttpStatusCode.OK)));
        Assert.Single(answers.Select(answer => answer.GetRawText()).Distinct());
        var again = (await (await replicas[0].PostAsync(path, key: null)).BodyAsync(HttpStatusCode.OK)).GetProperty("server");
        Assert.Equal((2L, 2), (again.GetProperty("rev").GetInt64(), again.GetProperty("memberCount").GetInt32()));
        var guest = again.GetProperty("roles").EnumerateArray().Single(role => role.GetProperty("builtIn").GetString() == "guest").Id();
        Assert.Equal([guest], again.GetProperty("me").GetProperty("roles").EnumerateArray().Select(role => role.GetGuid()));
        Assert.NotNull(await Deployment.Readers[0].GetAsync(created.General(), bob.Id, Cancellation));

        // Making it private afterwards changes nothing for who is in it.
        await Sql.ExecuteAsync(Deployment.Database, "update servers set public = false where id = $1", created.Id());
        await (await replicas[1].PostAsync(path, key: null)).BodyAsync(HttpStatusCode.OK);
        Array.ForEach(replicas, client => client.Dispose());
    }

    [Fact]
    public async Task Who_is_banned_comes_in_by_no_way_and_uses_nothing_up()
    {
        using var community = await Community.FoundAsync(Deployment);
        var code = await community.Owner.Client.InviteAsync(community.Server, new { maxUses = 1 });
        await Sql.ExecuteAsync(Deployment.Database, "update servers set public = true, vanity = $2 where id = $1", community.Server, $"v{community.Server:n}"[..20]);
        await BanAsync(Deployment.Database, community.Server, community.Of("stranger").Id);

        await (await community.As("stranger").AcceptAsync(code)).RefusedAsync(HttpStatusCode.Forbidden, "banned");
        await (await community.As("stranger").AcceptAsync($"v{community.Server:n}"[..20])).RefusedAsync(HttpStatusCode.Forbidden, "banned");
        await (await community.As("stranger").PostAsync($"/api/v1/servers/{community.Server}/join", key: null)).RefusedAsync(HttpStatusCode.Forbidden, "banned");
        Assert.Equal(0, (await community.Owner.Client.ReadAsync($"/api/v1/servers/{community.Server}/invites")).GetProperty("items").EnumerateArray()
            .Single(invite => invite.GetProperty("code").GetString() == code).GetProperty("uses").GetInt32());
        Assert.Equal(5, (await community.Owner.Client.ReadAsync($"/api/v1/servers/{community.Server}")).GetProperty("memberCount").GetInt32());
    }

    [Fact]
    public async Task Who_joins_while_being_banned_is_not_in_afterwards()
    {
        using var community = await Community.FoundAsync(Deployment, "stranger");
        await Sql.ExecuteAsync(Deployment.Database, "update servers set public = true where id = $1", community.Server);
        var (stranger, path) = (community.Of("stranger"), $"/api/v1/servers/{community.Server}");
        using var elsewhere = Deployment.ClientOf(stranger, replica: 1);
        for (var round = 0; round < 5; round++)
        {
            var joins = Enumerable.Range(0, 6).Select(index => (index % 2 == 0 ? community.As("stranger") : elsewhere).PostAsync($"{path}/join", key: null)).ToList();
            var ban = await community.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/bans/{stranger.Id}", new { reason = "no" });
            Assert.Equal(HttpStatusCode.OK, ban.StatusCode);

            // From the moment of the answer on; what was answered before may have been a success.
            await (await elsewhere.PostAsync($"{path}/join", key: null)).RefusedAsync(HttpStatusCode.Forbidden, "banned");
            await elsewhere.RefusesAsync(path, HttpStatusCode.NotFound, "server_not_found");
            foreach (var join in joins)
            {
                var answer = await join;
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Forbidden, $"{answer.StatusCode}");
            }

            Assert.Equal(1, (await community.ReadAsync()).GetProperty("memberCount").GetInt32());
            await community.Owner.Client.SendAsync(HttpMethod.Delete, $"{path}/bans/{stranger.Id}", null, HttpStatusCode.NoContent);
        }
    }

    [Fact]
    public async Task A_full_person_joins_nothing_more()
    {
        var bob = await Deployment.SignUpAsync("bob");
        using var client = Deployment.ClientOf(bob);
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        await client.CreateServerAsync();
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            with others as (insert into servers (id, name, owner_id, rev, member_count, created_at) select gen_random_uuid(), 'Other', $1, 1, 1, now() from generate_series(1, 99) returning id)
            insert into members (server_id, user_id, joined_rev, joined_at) select id, $1, 1, now() from others
            """,
            bob.Id);
        await Sql.ExecuteAsync(Deployment.Database, "update servers set public = true where id = $1", server);
        await (await client.PostAsync($"/api/v1/servers/{server}/join", key: null)).RefusedAsync(HttpStatusCode.Conflict, "too_many_servers");
        await (await client.AcceptAsync(await owner.InviteAsync(server))).RefusedAsync(HttpStatusCode.Conflict, "too_many_servers");
    }

    [Theory]
    [InlineData("insert into bans (server_id, user_id, banned_by, rev, created_at) values ($1, $2, $1, 1, now())", HttpStatusCode.Forbidden, "banned", HttpStatusCode.Forbidden, "banned")]
    [InlineData("update servers set archived_at = now() where id = $1 and $2 <> id", HttpStatusCode.Conflict, "server_archived", HttpStatusCode.Conflict, "server_archived")]
    [InlineData("delete from invites where server_id = $1 and $2 <> server_id", HttpStatusCode.NotFound, "invite_not_found", HttpStatusCode.OK, "")]
    [InlineData("update invites set uses = max_uses where server_id = $1 and $2 <> server_id", HttpStatusCode.NotFound, "invite_not_found", HttpStatusCode.OK, "")]
    [InlineData("update servers set public = false where id = $1 and $2 <> id", HttpStatusCode.OK, "", HttpStatusCode.NotFound, "server_not_found")]
    [InlineData("delete from servers where id = $1 and $2 <> id", HttpStatusCode.NotFound, "invite_not_found", HttpStatusCode.NotFound, "server_not_found")]
    public async Task What_is_committed_while_somebody_waits_at_the_door_counts(string change, HttpStatusCode accepted, string acceptedCode, HttpStatusCode joined, string joinedCode)
    {
        var people = await Task.WhenAll(Deployment.SignUpAsync("ada"), Deployment.SignUpAsync("bob"));
        using var owner = Deployment.ClientOf(people[0]);
        using var bob = Deployment.ClientOf(people[1], replica: 1);
        for (var way = 0; way < 2; way++)
        {
            var server = (await owner.CreateServerAsync()).Id();
            var code = await owner.InviteAsync(server, new { maxUses = 1 });
            await Sql.ExecuteAsync(Deployment.Database, "update servers set public = true where id = $1", server);
            Task<HttpResponseMessage> entering;
            await using (var source = NpgsqlDataSource.Create(Deployment.Database))
            {
                await using var connection = await source.OpenConnectionAsync(Cancellation);
                await using var transaction = await connection.BeginTransactionAsync(Cancellation);
                await ExecuteAsync(connection, "select 1 from servers where id = $1 for update", server);
                entering = way == 0 ? bob.AcceptAsync(code) : bob.PostAsync($"/api/v1/servers/{server}/join", key: null);
                var doorkeeper = connection.ProcessID;
                await Eventually.HoldsAsync("somebody at the door", async () =>
                    (await Sql.ListAsync<long>(Deployment.Database, "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))", doorkeeper))[0] > 0);
                await ExecuteAsync(connection, change, server, people[1].Id);
                await transaction.CommitAsync(Cancellation);
            }

            var (status, problem) = way == 0 ? (accepted, acceptedCode) : (joined, joinedCode);
            if (status == HttpStatusCode.OK)
            {
                await (await entering).BodyAsync(HttpStatusCode.OK);
            }
            else
            {
                await (await entering).RefusedAsync(status, problem);
                Assert.Empty(await Sql.ListAsync<Guid>(Deployment.Database, "select user_id from members where server_id = $1 and user_id = $2", server, people[1].Id));
            }
        }
    }

    private static Task BanAsync(string database, Guid server, Guid user) =>
        Sql.ExecuteAsync(database, "insert into bans (server_id, user_id, banned_by, rev, created_at) values ($1, $2, $2, 1, now())", server, user);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
