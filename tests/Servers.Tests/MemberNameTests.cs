using Chat.Contracts;

namespace Chat.Servers.Tests;

/// <summary>Nicknames, and finding members by their names.</summary>
public sealed class MemberNameTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_member_names_themselves_and_clears_it_again()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync(replica: 1);
        var named = await (await bob.Client.CallAsync(HttpMethod.Patch, $"{crowd.Path}/members/@me", new { nickname = "  Bobby\u0301 " }, key: "n")).BodyAsync(HttpStatusCode.OK);
        var rev = await crowd.RevAsync();
        await (await bob.Client.CallAsync(HttpMethod.Patch, $"{crowd.Path}/members/@me", new { nickname = "  Bobby\u0301 " }, key: "n")).BodyAsync(HttpStatusCode.OK);
        await (await bob.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { nickname = "Bobb\u00fd" })).BodyAsync(HttpStatusCode.OK);

        Assert.Equal("Bobb\u00fd", named.Text("nickname"));
        Assert.Equal(named.GetRawText(), (await bob.Client.ReadAsync($"{crowd.Path}/members/@me")).GetRawText());
        Assert.Equal(named.GetRawText(), (await crowd.MemberAsync(bob)).GetRawText());
        Assert.Equal(rev, await crowd.RevAsync());
        Assert.Empty(await crowd.AuditAsync("member.renamed"));
        var cleared = await (await bob.Client.CallAsync(HttpMethod.Patch, $"{crowd.Path}/members/@me", """{"nickname":null}""")).BodyAsync(HttpStatusCode.OK);
        Assert.False(cleared.TryGetProperty("nickname", out _));
        Assert.Equal(rev + 1, await crowd.RevAsync());
        Assert.Equal((false, true), (cleared.GetProperty("owner").GetBoolean(), (await crowd.MemberAsync(crowd.Owner)).GetProperty("owner").GetBoolean()));
    }

    [Fact]
    public async Task Naming_takes_a_right_and_naming_others_rank()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (guest, bob) = (await crowd.JoinAsync("guest", roles: crowd.Role("guest")), await crowd.JoinAsync());
        var (moderator, equal) = (await crowd.JoinAsync("mod", roles: crowd.Role("moderator")), await crowd.JoinAsync("mod", roles: crowd.Role("moderator")));
        var (admin, stranger) = (await crowd.JoinAsync("admin", roles: crowd.Role("admin")), await crowd.StrangerAsync());
        var name = new { nickname = "X" };

        await (await guest.Client.CallAsync(HttpMethod.Patch, $"{crowd.Path}/members/@me", name)).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await (await guest.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), name)).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await (await bob.Client.CallAsync(HttpMethod.Patch, crowd.Member(guest), name)).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await (await moderator.Client.CallAsync(HttpMethod.Patch, crowd.Member(equal), name)).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await admin.Client.CallAsync(HttpMethod.Patch, crowd.Member(crowd.Owner), name)).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await stranger.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), name)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await stranger.Client.CallAsync(HttpMethod.Patch, $"{crowd.Path}/members/@me", name)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await admin.Client.CallAsync(HttpMethod.Patch, crowd.Member(stranger), name)).RefusedAsync(HttpStatusCode.NotFound, "member_not_found");
        foreach (var (actor, target) in new[] { (moderator, bob), (admin, moderator), (moderator, moderator), (crowd.Owner, crowd.Owner) })
        {
            Assert.Equal("X", (await (await actor.Client.CallAsync(HttpMethod.Patch, crowd.Member(target), name)).BodyAsync(HttpStatusCode.OK)).Text("nickname"));
        }

        var lines = await crowd.AuditAsync("member.renamed");
        Assert.Equal([(moderator.Id, bob.Id), (admin.Id, moderator.Id)], lines.Select(line => (line.GetProperty("actor").GetGuid(), line.GetProperty("target").GetGuid())));
        Assert.Equal("X", lines[0].GetProperty("after").Text("nickname"));
    }

    [Theory]
    [InlineData("""{"nickname":""}""", "validation_failed", "nickname", "too_short")]
    [InlineData("""{"nickname":"   "}""", "validation_failed", "nickname", "too_short")]
    [InlineData("""{"nickname":"123456789012345678901234567890123"}""", "validation_failed", "nickname", "too_long")]
    [InlineData("""{"nickname":"a\u0000b"}""", "validation_failed", "nickname", "invalid_characters")]
    [InlineData("""{"nickname":"a\u202eb"}""", "validation_failed", "nickname", "invalid_characters")]
    [InlineData("""{"nickname":7}""", "malformed_request", null, null)]
    [InlineData("""{"nickname":"\ud800"}""", "malformed_request", null, null)]
    [InlineData("""{"roles":null}""", "malformed_request", null, null)]
    [InlineData("""{"roles":"all"}""", "malformed_request", null, null)]
    [InlineData("""{"roles":["x"]}""", "malformed_request", null, null)]
    [InlineData("""{"roles":["01a20197-f6c5-7b88-8f5e-a2bceccbec2a"]}""", "validation_failed", "roles[0]", "unknown")]
    [InlineData("""{"timeoutUntil":"soon"}""", "malformed_request", null, null)]
    [InlineData("""{"timeoutUntil":"2020-01-01T00:00:00Z"}""", "validation_failed", "timeoutUntil", "out_of_range")]
    [InlineData("""{"timeoutUntil":"9999-12-31T23:59:59-14:00"}""", "malformed_request", null, null)]
    [InlineData("""{"timeoutUntil":"9999-12-31T23:59:59Z"}""", "validation_failed", "timeoutUntil", "out_of_range")]
    [InlineData("[]", "malformed_request", null, null)]
    [InlineData("", "malformed_request", null, null)]
    public async Task Bad_edits_are_refused_by_field(string body, string code, string? field, string? fieldCode)
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), body)).RefusedAsync(HttpStatusCode.BadRequest, code, field, fieldCode);
    }

    [Fact]
    public async Task Too_many_roles_are_refused_and_an_edit_of_nothing_changes_nothing()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        var rev = await crowd.RevAsync();
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { roles = Enumerable.Range(0, 251).Select(_ => Guid.NewGuid()) }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "roles", "too_many");
        await (await bob.Client.CallAsync(HttpMethod.Patch, crowd.Member(crowd.Owner), "{}")).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(rev, await crowd.RevAsync());
    }

    [Fact]
    public async Task Members_are_found_by_any_part_of_any_of_their_names_whatever_the_case()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (zoe, bob) = (await crowd.JoinAsync("zara"), await crowd.JoinAsync());
        var percent = await crowd.JoinAsync("percy");
        await (await zoe.Client.CallAsync(HttpMethod.Patch, crowd.Member(zoe), new { nickname = "Zoë" })).BodyAsync(HttpStatusCode.OK);
        await (await bob.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { nickname = "Der Große_Wolf" })).BodyAsync(HttpStatusCode.OK);
        await (await percent.Client.CallAsync(HttpMethod.Patch, crowd.Member(percent), new { nickname = @"100%\o/" })).BodyAsync(HttpStatusCode.OK);

        Assert.Equal([zoe.Id], await FindAsync("ZOË"));
        Assert.Equal([zoe.Id], await FindAsync("oë"));
        Assert.Equal([bob.Id], await FindAsync("GROSSE".Replace("SS", "ß", StringComparison.Ordinal)));
        Assert.Equal([bob.Id], await FindAsync("e_w"));
        Assert.Equal([percent.Id], await FindAsync("0%"));
        Assert.Equal([percent.Id], await FindAsync(@"%\o/"));
        Assert.Empty(await FindAsync("r%W"));
        Assert.Empty(await FindAsync("100_"));
        Assert.Equal([bob.Id], await FindAsync(bob.Account.Username.ToUpperInvariant()));
        Assert.Empty(await FindAsync(new string('q', 100)));
        Assert.Empty(await FindAsync("percy", crowd.Role("moderator")));
        Assert.Equal([percent.Id], await FindAsync("percy", crowd.Role("member")));

        async Task<Guid[]> FindAsync(string text, Guid? role = null) => Users(await bob.Client.ReadAsync(
            $"{crowd.Path}/members?q={Uri.EscapeDataString(text)}{(role is null ? "" : $"&role={role}")}"));
    }

    [Fact]
    public async Task Holders_of_a_role_and_finds_come_in_pages_in_the_order_they_joined()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var role = await crowd.MakeAsync("Chosen", Permissions.None);
        var chosen = new List<Guid>();
        foreach (var index in Enumerable.Range(0, 6))
        {
            var person = await crowd.JoinAsync("walker", roles: index % 2 == 0 ? [role] : []);
            chosen.AddRange(index % 2 == 0 ? [person.Id] : []);
        }

        foreach (var filter in new[] { $"role={role}", $"role={role}&q=alk", $"role={role}&q=w" })
        {
            var first = await crowd.Owner.Client.ReadAsync($"{crowd.Path}/members?limit=2&{filter}");
            var second = await crowd.Owner.Client.ReadAsync($"{crowd.Path}/members?limit=2&{filter}&cursor={first.Text("next")}");
            Assert.Equal(chosen, [.. Users(first), .. Users(second)]);
            Assert.Null(second.Text("next"));
        }

        Assert.Empty(Users(await crowd.Owner.Client.ReadAsync($"{crowd.Path}/members?role={Guid.CreateVersion7()}")));
    }

    [Theory]
    [InlineData("q=", "q", "too_short")]
    [InlineData("q=%20", "q", "too_short")]
    [InlineData("q=a%00b", "q", "invalid_characters")]
    [InlineData("role=admin", "role", "invalid")]
    [InlineData("limit=0", "limit", "out_of_range")]
    [InlineData("limit=101", "limit", "out_of_range")]
    [InlineData("cursor=x", "cursor", "invalid")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAAA", "cursor", "invalid")]
    public async Task A_bad_question_is_refused_by_field(string query, string field, string code)
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        await crowd.Owner.Client.RefusesAsync($"{crowd.Path}/members?{query}", HttpStatusCode.BadRequest, "validation_failed", field, code);
        await crowd.Owner.Client.RefusesAsync($"{crowd.Path}/members?q={new string('x', 101)}", HttpStatusCode.BadRequest, "validation_failed", "q", "too_long");
        var stranger = await crowd.StrangerAsync();
        foreach (var path in new[] { $"members?{query}", "members/@me", $"members/{crowd.Owner.Id}" })
        {
            await stranger.Client.RefusesAsync($"{crowd.Path}/{path}", HttpStatusCode.NotFound, "server_not_found");
        }
    }

    [Fact]
    public async Task In_a_big_server_a_search_finds_the_rare_and_the_common()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            with people as (
              insert into profiles (id, username, display_name, updated_at)
              select gen_random_uuid(), 'crowd_' || md5(n::text || $1::text), case when n % 1000 = 7 then 'Needle ' || n else 'Straw ' || n end, now() from generate_series(1, 2000) n
              returning id)
            insert into members (server_id, user_id, joined_rev, joined_at) select $1, id, 1000 + row_number() over (order by id), now() from people
            """,
            crowd.Server);

        foreach (var (text, expected) in new[] { ("eedle", 2), ("ne", 2), ("straw", 1998), ("CROWD_", 2000), ("t", 1998) })
        {
            var (found, cursor) = (0, "");
            do
            {
                var page = await crowd.Owner.Client.ReadAsync($"{crowd.Path}/members?limit=100&q={text}{cursor}");
                found += Users(page).Length;
                cursor = page.Text("next") is { } next ? $"&cursor={next}" : null;
            }
            while (cursor is not null);
            Assert.Equal((text, expected), (text, found));
        }
    }

    private static Guid[] Users(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(member => member.GetProperty("user").Id())];
}
