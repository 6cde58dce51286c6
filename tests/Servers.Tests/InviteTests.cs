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
    [InlineData("""{"expiresInSeconds":1}""", "expiresInSeconds")]
    [InlineData("""{"expiresInSeconds":-1}""", "expiresInSeconds")]
    [InlineData("""{"membershipSeconds":599}""", "membershipSeconds")]
    [InlineData("""{"membershipSeconds":2592001}""", "membershipSeconds")]
    [InlineData("""{"membershipSeconds":0,"temporary":true}""", "membershipSeconds")]
    [InlineData("""{"membershipSeconds":2147483647}""", "membershipSeconds")]
    public async Task A_bad_invite_is_refused_by_field(string body, string field)
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        await (await owner.PostAsync($"/api/v1/servers/{server}/invites", null, JsonDocument.Parse(body))).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, "out_of_range");
    }

    [Theory]
    [InlineData("""{"maxUses":"many"}""")]
    [InlineData("""{"maxUses":1.5}""")]
    [InlineData("""{"maxUses":99999999999999}""")]
    [InlineData("""{"temporary":"yes"}""")]
    [InlineData("""{"membershipSeconds":[]}""")]
    [InlineData("[]")]
    public async Task A_malformed_invite_is_a_bad_request(string body)
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        using var refused = await owner.PostAsync($"/api/v1/servers/{server}/invites", null, JsonDocument.Parse(body));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task A_membership_that_ends_cannot_be_called_permanent()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        await (await owner.PostAsync($"/api/v1/servers/{server}/invites", null, new { temporary = false, membershipSeconds = 3600 }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "temporary", "contradictory");
    }

    [Theory]
    [InlineData("""{"temporary":true}""", 86_400)]
    [InlineData("""{"membershipSeconds":600}""", 600)]
    [InlineData("""{"membershipSeconds":2592000,"temporary":true}""", 2_592_000)]
    [InlineData("""{"temporary":false}""", null)]
    public async Task A_temporary_membership_ends_when_the_invite_says(string body, int? seconds)
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var bob = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var server = (await owner.CreateServerAsync()).Id();
        var code = await owner.InviteAsync(server, JsonDocument.Parse(body));
        var preview = await bob.ReadAsync($"/api/v1/invites/{code}");
        Assert.Equal(seconds, preview.TryGetProperty("membershipSeconds", out var shown) ? shown.GetInt32() : null);
        var me = (await (await bob.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK)).GetProperty("server").GetProperty("me");
        Assert.Equal(
            seconds is { } length ? TimeSpan.FromSeconds(length) : (TimeSpan?)null,
            me.TryGetProperty("endsAt", out var ends) ? ends.GetDateTimeOffset() - me.GetProperty("joinedAt").GetDateTimeOffset() : null);
    }

    [Fact]
    public async Task An_invite_lasts_a_week_unless_it_says_otherwise_and_for_ever_if_it_says_zero()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var path = $"/api/v1/servers/{(await owner.CreateServerAsync()).Id()}/invites";
        var week = await (await owner.PostAsync(path, key: null)).BodyAsync(HttpStatusCode.Created);
        Assert.Equal(TimeSpan.FromDays(7), week.GetProperty("expiresAt").GetDateTimeOffset() - week.GetProperty("createdAt").GetDateTimeOffset());
        var ever = await (await owner.PostAsync(path, null, new { expiresInSeconds = 0, maxUses = 1000 })).BodyAsync(HttpStatusCode.Created);
        Assert.False(ever.TryGetProperty("expiresAt", out _));
        Assert.False((await owner.ReadAsync($"/api/v1/invites/{ever.GetProperty("code").GetString()}")).TryGetProperty("expiresAt", out _));
    }

    [Fact]
    public async Task Invites_come_in_pages()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        var path = $"/api/v1/servers/{server}/invites";
        var codes = new List<string>();
        for (var index = 0; index < 7; index++)
        {
            codes.Add(await owner.InviteAsync(server));
        }

        // Some at the very same moment: the code decides.
        await Sql.ExecuteAsync(Deployment.Database, "update invites set created_at = (select max(created_at) from invites where server_id = $1) where code = any($2)", server, codes.Skip(3).ToArray());
        string[] expected = [.. codes.Take(3), .. codes.Skip(3).Order(StringComparer.Ordinal)];
        var listed = new List<string?>();
        string? cursor = null;
        do
        {
            var page = await owner.ReadAsync($"{path}?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            listed.AddRange(page.GetProperty("items").EnumerateArray().Select(invite => invite.GetProperty("code").GetString()));
            cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        Assert.Equal(expected, listed);
        foreach (var bad in new[] { "nonsense", "AAAA", "_____________________w" })
        {
            await owner.RefusesAsync($"{path}?cursor={bad}", HttpStatusCode.BadRequest, "validation_failed", "cursor", "invalid");
        }

        await owner.RefusesAsync($"{path}?limit=0", HttpStatusCode.BadRequest, "validation_failed", "limit", "out_of_range");
    }

    [Fact]
    public async Task A_preview_tells_what_a_server_shows_of_itself_and_nothing_else()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var anybody = Deployment.Replicas[1].CreateClient();
        var server = (await owner.CreateServerAsync("Shown")).Id();
        var (code, icon) = (await owner.InviteAsync(server), Guid.CreateVersion7());
        await Sql.ExecuteAsync(Deployment.Database, "update servers set description = 'Why', icon = $2, banner = $2 where id = $1", server, icon);
        await Sql.ExecuteAsync(
            Deployment.Database,
            "insert into channels (id, server_id, name, kind, position, private) select gen_random_uuid(), server_id, 'secret', kind, 1, true from channels where server_id = $1",
            server);

        var preview = await anybody.ReadAsync($"/api/v1/invites/{code}");
        Assert.Equal(["code", "expiresAt", "server"], preview.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        var shown = preview.GetProperty("server");
        Assert.Equal(
            ["banner", "channelCount", "description", "icon", "id", "memberCount", "name", "public"], shown.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            ("Shown", "Why", icon, false, 1, 1),
            (shown.GetProperty("name").GetString(), shown.GetProperty("description").GetString(), shown.GetProperty("icon").GetGuid(), shown.GetProperty("public").GetBoolean(),
                shown.GetProperty("memberCount").GetInt32(), shown.GetProperty("channelCount").GetInt32()));

        await Sql.ExecuteAsync(Deployment.Database, "delete from servers where id = $1", server);
        await anybody.RefusesAsync($"/api/v1/invites/{code}", HttpStatusCode.NotFound, "invite_not_found");
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
}
