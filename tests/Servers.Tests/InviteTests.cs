using System.Collections.Concurrent;

namespace Chat.Servers.Tests;

public sealed class InviteTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task An_invite_is_created_listed_previewed_by_anybody_and_withdrawn()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var anybody = Deployment.Replicas[1].CreateClient();
        var server = await owner.CreateServerAsync("Previewed");

        using var response = await owner.PostAsync($"/api/v1/servers/{server.Id()}/invites", null, new { maxUses = 3, expiresInSeconds = 60 });
        var invite = await response.BodyAsync(HttpStatusCode.Created);
        var code = invite.GetProperty("code").GetString() ?? "";
        Assert.Matches("^[2-9A-HJKMNP-Za-hjkmnp-z]{8}$", code);
        Assert.Equal(3, invite.GetProperty("maxUses").GetInt32());
        Assert.Equal(0, invite.GetProperty("uses").GetInt32());
        Assert.Equal(TimeSpan.FromSeconds(60), invite.GetProperty("expiresAt").GetDateTimeOffset() - invite.GetProperty("createdAt").GetDateTimeOffset());

        Assert.Equal(invite.GetRawText(), Assert.Single((await owner.ReadAsync($"/api/v1/servers/{server.Id()}/invites")).GetProperty("items").EnumerateArray()).GetRawText());
        var preview = (await anybody.ReadAsync($"/api/v1/invites/{code}")).GetProperty("server");
        Assert.Equal(("Previewed", 1), (preview.GetProperty("name").GetString(), preview.GetProperty("memberCount").GetInt32()));

        using var deleted = await owner.DeleteAsync(new Uri($"/api/v1/servers/{server.Id()}/invites/{code}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await anybody.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
        await (await owner.DeleteAsync(new Uri($"/api/v1/servers/{server.Id()}/invites/{code}", UriKind.Relative), Cancellation)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
        Assert.Empty((await owner.ReadAsync($"/api/v1/servers/{server.Id()}/invites")).GetProperty("items").EnumerateArray());
        Assert.Equal(3, (await owner.ReadAsync($"/api/v1/servers/{server.Id()}")).GetProperty("rev").GetInt64());
    }

    [Theory]
    [InlineData("""{"maxUses":0}""", "maxUses")]
    [InlineData("""{"maxUses":-1}""", "maxUses")]
    [InlineData("""{"maxUses":1001}""", "maxUses")]
    [InlineData("""{"expiresInSeconds":59}""", "expiresInSeconds")]
    [InlineData("""{"expiresInSeconds":2592001}""", "expiresInSeconds")]
    [InlineData("""{"expiresInSeconds":-2147483648}""", "expiresInSeconds")]
    public async Task A_bad_invite_is_refused_by_field(string body, string field)
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        await (await owner.PostAsync($"/api/v1/servers/{server}/invites", null, JsonDocument.Parse(body))).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, "out_of_range");
    }

    [Theory]
    [InlineData("AAAAAAAA")]
    [InlineData("short")]
    [InlineData("0000000O")]
    [InlineData("%F0%9F%98%80%F0%9F%98%80")]
    public async Task An_unknown_code_is_not_found(string code)
    {
        using var client = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        await client.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
        await (await client.AcceptAsync(code)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
    }

    [Fact]
    public async Task Accepting_makes_a_member_once_and_uses_one_up_once()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var bob = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        using var eve = Deployment.ClientOf(await Deployment.SignUpAsync("eve"));
        var server = (await owner.CreateServerAsync()).Id();
        var code = await owner.InviteAsync(server, new { maxUses = 1 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ => (await (await bob.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK)).GetRawText()));

        Assert.Single(answers.Distinct());
        var joined = JsonDocument.Parse(answers[0]).RootElement.GetProperty("server");
        Assert.Equal((3L, 2), (joined.GetProperty("rev").GetInt64(), joined.GetProperty("memberCount").GetInt32()));
        Assert.Equal("general", joined.GetProperty("channels")[0].GetProperty("name").GetString());
        await (await eve.AcceptAsync(code)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
        await eve.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
        await eve.RefusesAsync($"/api/v1/servers/{server}", HttpStatusCode.NotFound, "server_not_found");
    }

    [Fact]
    public async Task An_expired_invite_is_not_found_and_makes_room()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        using var bob = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var server = (await owner.CreateServerAsync()).Id();
        var code = await owner.InviteAsync(server);
        await Sql.ExecuteAsync(Deployment.Database, "update invites set expires_at = now() - interval '1 second' where code = $1", code);

        await (await bob.AcceptAsync(code)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");
        await bob.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
        Assert.Empty((await owner.ReadAsync($"/api/v1/servers/{server}/invites")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_server_has_100_live_invites_at_most()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        var statuses = new ConcurrentBag<HttpStatusCode>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 104), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (_, _) =>
        {
            using var response = await owner.PostAsync($"/api/v1/servers/{server}/invites", null, new { });
            statuses.Add(response.StatusCode);
        });

        Assert.Equal(100, statuses.Count(status => status == HttpStatusCode.Created));
        await (await owner.PostAsync($"/api/v1/servers/{server}/invites", null, Cancellation)).RefusedAsync(HttpStatusCode.Conflict, "too_many_invites");
        Assert.Equal(101, (await owner.ReadAsync($"/api/v1/servers/{server}")).GetProperty("rev").GetInt64());
    }

    [Fact]
    public async Task A_member_sees_and_withdraws_their_own_invites_only_and_a_guest_none()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var bob = await Deployment.SignUpAsync("bob");
        using var member = Deployment.ClientOf(bob);
        var server = (await owner.CreateServerAsync()).Id();
        var code = await owner.InviteAsync(server);
        await (await member.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);
        var own = await member.InviteAsync(server);

        Assert.Equal(own, Assert.Single((await member.ReadAsync($"/api/v1/servers/{server}/invites")).GetProperty("items").EnumerateArray()).GetProperty("code").GetString());
        Assert.Equal(2, (await owner.ReadAsync($"/api/v1/servers/{server}/invites")).GetProperty("items").GetArrayLength());
        await (await member.DeleteAsync(new Uri($"/api/v1/servers/{server}/invites/{code}", UriKind.Relative), Cancellation)).RefusedAsync(HttpStatusCode.NotFound, "invite_not_found");

        await Sql.ExecuteAsync(
            Deployment.Database, "update member_roles set role_id = (select id from roles where server_id = $1 and built_in = 'guest') where server_id = $1 and user_id = $2", server, bob.Id);
        await (await member.PostAsync($"/api/v1/servers/{server}/invites", null, new { })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await member.RefusesAsync($"/api/v1/servers/{server}/invites", HttpStatusCode.Forbidden, "missing_permission");
        await (await member.DeleteAsync(new Uri($"/api/v1/servers/{server}/invites/{own}", UriKind.Relative), Cancellation)).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
    }

    [Fact]
    public async Task A_hundred_parallel_accepts_of_ten_uses_admit_exactly_ten_and_every_change_is_one_revision()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var created = await owner.CreateServerAsync();
        var server = created.Id();
        var code = await owner.InviteAsync(server, new { maxUses = 10 });
        var people = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Deployment.SignUpAsync("crowd")));

        var statuses = await Task.WhenAll(people.Select(async (person, index) =>
        {
            using var client = Deployment.ClientOf(person, index % 2);
            using var response = await client.AcceptAsync(code);
            return (Person: person, response.StatusCode);
        }));

        Assert.Equal(10, statuses.Count(one => one.StatusCode == HttpStatusCode.OK));
        Assert.Equal(90, statuses.Count(one => one.StatusCode == HttpStatusCode.NotFound));
        var read = await owner.ReadAsync($"/api/v1/servers/{server}");
        Assert.Equal((12L, 11), (read.GetProperty("rev").GetInt64(), read.GetProperty("memberCount").GetInt32()));
        var revs = await Sql.ListAsync<long>(Deployment.Database, "select joined_rev from members where server_id = $1 order by joined_rev", server);
        Assert.Equal([1L, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], revs);
        foreach (var (person, status) in statuses)
        {
            Assert.Equal(status == HttpStatusCode.OK, await Deployment.Readers[0].GetAsync(created.General(), person.Id, Cancellation) is not null);
        }
    }
}
