namespace Chat.Servers.Tests;

public sealed class VanityTests(ServersFixture fixture)
{
    private static readonly string[] Lower = ["guest", "member", "moderator"];

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_public_server_is_previewed_and_joined_by_its_name_in_any_case_until_it_gives_it_up()
    {
        using var community = await Community.FoundAsync(Deployment);
        using var nobody = Deployment.Replicas[0].CreateClient();
        await PublishAsync(community.Server);
        var (name, rev) = (Name(), await community.RevAsync());

        using var set = await community.As("admin").SendAsync(HttpMethod.Put, $"/api/v1/servers/{community.Server}/vanity", new { code = name.ToUpperInvariant() });
        Assert.Equal(name, (await set.BodyAsync(HttpStatusCode.OK)).GetProperty("code").GetString());
        using var same = await community.Owner.Client.SendAsync(HttpMethod.Put, $"/api/v1/servers/{community.Server}/vanity", new { code = name });
        Assert.Equal(HttpStatusCode.OK, same.StatusCode);
        var read = await community.Owner.Client.ReadAsync($"/api/v1/servers/{community.Server}");
        Assert.Equal((rev + 1, name), (read.GetProperty("rev").GetInt64(), read.GetProperty("vanity").GetString()));

        foreach (var written in new[] { name, name.ToUpperInvariant() })
        {
            var preview = await nobody.ReadAsync($"/api/v1/invites/{written}");
            Assert.Equal((name, community.Server), (preview.GetProperty("code").GetString(), preview.GetProperty("server").Id()));
            Assert.False(preview.TryGetProperty("expiresAt", out _));
        }

        var joined = (await (await community.As("stranger").AcceptAsync(name.ToUpperInvariant())).BodyAsync(HttpStatusCode.OK)).GetProperty("server");
        Assert.Equal((community.Server, 6), (joined.Id(), joined.GetProperty("memberCount").GetInt32()));

        var another = Name();
        using var changed = await community.Owner.Client.SendAsync(HttpMethod.Put, $"/api/v1/servers/{community.Server}/vanity", new { code = another });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await nobody.RefusesAsync($"/api/v1/invites/{name}", HttpStatusCode.NotFound, "invite_not_found");

        using var removed = await community.As("admin").SendAsync(HttpMethod.Delete, $"/api/v1/servers/{community.Server}/vanity");
        using var again = await community.As("admin").SendAsync(HttpMethod.Delete, $"/api/v1/servers/{community.Server}/vanity");
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (removed.StatusCode, again.StatusCode));
        await nobody.RefusesAsync($"/api/v1/invites/{another}", HttpStatusCode.NotFound, "invite_not_found");
        Assert.Equal(rev + 4, await community.RevAsync());
        Assert.Equal(
            [$"- {name}", $"{name} {another}", $"{another} -"],
            await Sql.ListAsync<string>(
                Deployment.Database,
                "select coalesce(before->>'vanity', '-') || ' ' || coalesce(after->>'vanity', '-') from audit_log where server_id = $1 and action = 'server.vanity_changed' order by id",
                community.Server));
    }

    [Fact]
    public async Task Only_who_manages_the_server_names_it()
    {
        using var community = await Community.FoundAsync(Deployment);
        using var nobody = Deployment.Replicas[0].CreateClient();
        await PublishAsync(community.Server);
        foreach (var role in Lower)
        {
            await (await community.As(role).SendAsync(HttpMethod.Put, $"/api/v1/servers/{community.Server}/vanity", new { code = Name() })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
            await (await community.As(role).SendAsync(HttpMethod.Delete, $"/api/v1/servers/{community.Server}/vanity")).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        await (await community.As("stranger").SendAsync(HttpMethod.Put, $"/api/v1/servers/{community.Server}/vanity", new { code = Name() })).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await community.As("stranger").SendAsync(HttpMethod.Delete, $"/api/v1/servers/{community.Server}/vanity")).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.SendAsync(HttpMethod.Put, $"/api/v1/servers/{community.Server}/vanity", new { code = Name() })).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.SendAsync(HttpMethod.Delete, $"/api/v1/servers/{community.Server}/vanity")).StatusCode);

        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now() where id = $1", community.Server);
        await (await community.Owner.Client.SendAsync(HttpMethod.Put, $"/api/v1/servers/{community.Server}/vanity", new { code = Name() })).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
    }

    [Fact]
    public async Task A_private_server_has_no_name()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        await (await owner.SendAsync(HttpMethod.Put, $"/api/v1/servers/{server}/vanity", new { code = Name() })).RefusedAsync(HttpStatusCode.Conflict, "not_public");
    }

    [Theory]
    [InlineData("{}", "required")]
    [InlineData("""{"code":null}""", "required")]
    [InlineData("""{"code":""}""", "too_short")]
    [InlineData("""{"code":"ab"}""", "too_short")]
    [InlineData("""{"code":"abcdefghijklmnopqrstuvwxyz0123456"}""", "too_long")]
    [InlineData("""{"code":"-abc"}""", "invalid")]
    [InlineData("""{"code":"abc-"}""", "invalid")]
    [InlineData("""{"code":"a b c"}""", "invalid_characters")]
    [InlineData("""{"code":"a/b/c"}""", "invalid_characters")]
    [InlineData("""{"code":"a_b_c"}""", "invalid_characters")]
    [InlineData("""{"code":"\u212aitchen"}""", "invalid_characters")]
    [InlineData("""{"code":"caf\u00e9"}""", "invalid_characters")]
    [InlineData("""{"code":"abc\u0000"}""", "invalid_characters")]
    [InlineData("""{"code":"Discovery"}""", "reserved")]
    [InlineData("""{"code":"admin"}""", "reserved")]
    public async Task A_bad_name_is_refused(string body, string code)
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        await PublishAsync(server);
        await (await owner.SendAsync(HttpMethod.Put, $"/api/v1/servers/{server}/vanity", JsonDocument.Parse(body))).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "code", code);
    }

    [Fact]
    public async Task Two_servers_that_claim_one_name_at_once_do_not_both_get_it()
    {
        var people = await Task.WhenAll(Deployment.SignUpAsync("ada"), Deployment.SignUpAsync("bob"));
        HttpClient[] owners = [Deployment.ClientOf(people[0]), Deployment.ClientOf(people[1], replica: 1)];
        var servers = new List<Guid>();
        foreach (var owner in owners)
        {
            servers.Add((await owner.CreateServerAsync()).Id());
            await PublishAsync(servers[^1]);
        }

        for (var round = 0; round < 10; round++)
        {
            var name = Name();
            var answers = await Task.WhenAll(owners.Select((owner, index) => owner.SendAsync(HttpMethod.Put, $"/api/v1/servers/{servers[index]}/vanity", new { code = name })));
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(answer => answer.StatusCode).Order());
            await answers.Single(answer => answer.StatusCode == HttpStatusCode.Conflict).RefusedAsync(HttpStatusCode.Conflict, "vanity_taken");
            var winner = Array.FindIndex(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            Assert.Equal(servers[winner], (await owners[0].ReadAsync($"/api/v1/invites/{name}")).GetProperty("server").Id());
        }

        Assert.Equal(10, (await Sql.ListAsync<long>(Deployment.Database, "select sum(rev - 1)::bigint from servers where id = any($1)", servers.ToArray()))[0]);
        Array.ForEach(owners, owner => owner.Dispose());
    }

    [Fact]
    public async Task An_invite_wins_over_a_name_even_when_it_is_dead_and_its_code_cannot_be_claimed()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var other = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var (invited, named) = ((await owner.CreateServerAsync()).Id(), (await other.CreateServerAsync()).Id());
        await PublishAsync(named);
        var (code, issued) = (Code(), await owner.InviteAsync(invited));
        await Sql.ExecuteAsync(Deployment.Database, "update invites set code = $1 where code = $2", code, issued);

        await (await other.SendAsync(HttpMethod.Put, $"/api/v1/servers/{named}/vanity", new { code })).RefusedAsync(HttpStatusCode.Conflict, "vanity_taken");
        await Sql.ExecuteAsync(Deployment.Database, "update servers set vanity = $1 where id = $2", code, named);
        Assert.Equal(invited, (await other.ReadAsync($"/api/v1/invites/{code}")).GetProperty("server").Id());
        // With a capital letter it could be an invite's that is gone.
        await other.RefusesAsync($"/api/v1/invites/{code.ToUpperInvariant()}", HttpStatusCode.NotFound, "invite_not_found");
        await Sql.ExecuteAsync(Deployment.Database, "update invites set expires_at = now() - interval '1 second' where code = $1", code);
        await other.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
        await (await other.AcceptAsync(code)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
    }

    [Fact]
    public async Task The_links_of_an_invite_that_is_gone_are_not_taken_over_by_a_server_of_that_name()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var other = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var (invited, named) = ((await owner.CreateServerAsync()).Id(), (await other.CreateServerAsync()).Id());
        await PublishAsync(named);
        for (var round = 0; round < 20; round++)
        {
            var code = await owner.InviteAsync(invited);
            Assert.Contains(code, char.IsAsciiLetterUpper);
            await owner.SendAsync(HttpMethod.Delete, $"/api/v1/servers/{invited}/invites/{code}", null, HttpStatusCode.NoContent);

            await other.SendAsync(HttpMethod.Put, $"/api/v1/servers/{named}/vanity", new { code }, HttpStatusCode.OK);

            await owner.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
            await (await owner.AcceptAsync(code)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
            Assert.Equal(named, (await owner.ReadAsync($"/api/v1/invites/{code.ToLowerInvariant()}")).GetProperty("server").Id());
        }
    }

    [Fact]
    public async Task G2_a_repeated_claim_gets_the_first_answer_and_a_name_of_a_server_that_is_private_or_archived_leads_nowhere()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var bob = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var server = (await owner.CreateServerAsync()).Id();
        await PublishAsync(server);
        var name = Name();
        for (var repeat = 0; repeat < 2; repeat++)
        {
            using var claim = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/servers/{server}/vanity") { Content = JsonContent.Create(new { code = name }) };
            claim.Headers.Add("Idempotency-Key", "claim");
            using var claimed = await owner.SendAsync(claim, TestContext.Current.CancellationToken);
            Assert.Equal(name, (await claimed.BodyAsync(HttpStatusCode.OK)).GetProperty("code").GetString());
        }

        Assert.Equal(2, (await owner.ReadAsync($"/api/v1/servers/{server}")).GetProperty("rev").GetInt64());
        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now() where id = $1", server);
        await bob.RefusesAsync($"/api/v1/invites/{name}", HttpStatusCode.NotFound, "invite_not_found");
        await (await bob.AcceptAsync(name)).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = null, public = false where id = $1", server);
        await bob.RefusesAsync($"/api/v1/invites/{name}", HttpStatusCode.NotFound, "invite_not_found");
        await (await bob.AcceptAsync(name)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
    }

    [Fact]
    public async Task A_server_that_becomes_private_gives_its_name_up_for_others_and_every_change_is_told()
    {
        var people = await Task.WhenAll(Deployment.SignUpAsync("ada"), Deployment.SignUpAsync("bob"));
        using var owner = Deployment.ClientOf(people[0]);
        using var other = Deployment.ClientOf(people[1], replica: 1);
        await using var queue = await EventQueue.OpenAsync(fixture.Stores.RabbitMq, "ServerUpdated");
        var (server, second) = ((await owner.CreateServerAsync()).Id(), (await other.CreateServerAsync()).Id());
        await PublishAsync(server);
        await PublishAsync(second);
        var name = Name();
        await owner.SendAsync(HttpMethod.Put, $"/api/v1/servers/{server}/vanity", new { code = name }, HttpStatusCode.OK);
        await (await other.SendAsync(HttpMethod.Put, $"/api/v1/servers/{second}/vanity", new { code = name })).RefusedAsync(HttpStatusCode.Conflict, "vanity_taken");

        await owner.SendAsync(HttpMethod.Patch, $"/api/v1/servers/{server}", new { @public = false }, HttpStatusCode.OK);
        await other.RefusesAsync($"/api/v1/invites/{name}", HttpStatusCode.NotFound, "invite_not_found");
        await other.SendAsync(HttpMethod.Put, $"/api/v1/servers/{second}/vanity", new { code = name }, HttpStatusCode.OK);
        Assert.Equal(second, (await owner.ReadAsync($"/api/v1/invites/{name}")).GetProperty("server").Id());

        var told = new List<(long, string?)>();
        await Eventually.HoldsAsync("both events", async () =>
        {
            told.AddRange((await queue.TakeAsync(server)).Select(one => (one.Body.GetProperty("rev").GetInt64(), one.Body.TryGetProperty("vanity", out var vanity) ? vanity.GetString() : null)));
            return told.Count >= 2;
        });
        Assert.Equal([(2, name), (3, null)], told.Order());
    }

    private static string Name() => $"name-{Guid.NewGuid():n}"[..20];

    /// <summary>Of the shape of an invite's, but nobody's.</summary>
    private static string Code() => new([.. Guid.NewGuid().ToByteArray().Take(8).Select(value => "abcdefghjkmnpqrst"[value % 17])]);

    private Task PublishAsync(Guid server) => Sql.ExecuteAsync(Deployment.Database, "update servers set public = true where id = $1", server);
}
