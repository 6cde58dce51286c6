namespace Chat.Servers.Tests;

public sealed class BanTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G4_when_a_ban_is_answered_no_replica_shows_any_right_and_no_way_leads_back()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var admin = await crowd.JoinAsync("admin", replica: 1, crowd.Role("admin"));
        var bob = await crowd.JoinAsync();
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.NotNull(seen));

        var ban = await (await admin.Client.CallAsync(HttpMethod.Put, crowd.Ban(bob), new { reason = "Spam\nagain", deleteMessagesHours = 168 })).BodyAsync(HttpStatusCode.OK);

        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Null(seen));
        Assert.Equal(("Spam\nagain", admin.Id, bob.Account.Username), (ban.Text("reason"), ban.GetProperty("by").GetGuid(), ban.GetProperty("user").Text("username")));
        await (await bob.Client.AcceptAsync(crowd.Code)).RefusedAsync(HttpStatusCode.Forbidden, "banned");
        await (await bob.Client.LeaveAsync(crowd.Server)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        Assert.Equal(2, await crowd.CountAsync());
        var line = Assert.Single(await crowd.AuditAsync("member.banned"));
        Assert.Equal((admin.Id, bob.Id, "Spam\nagain"), (line.GetProperty("actor").GetGuid(), line.GetProperty("target").GetGuid(), line.Text("reason")));
        Assert.Equal([crowd.Role("member")], line.GetProperty("before").GetProperty("roles").Ids());

        await (await admin.Client.CallAsync(HttpMethod.Delete, crowd.Ban(bob))).DoneAsync();
        await (await admin.Client.CallAsync(HttpMethod.Delete, crowd.Ban(bob))).RefusedAsync(HttpStatusCode.NotFound, "ban_not_found");
        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
        Assert.Equal("Spam\nagain", Assert.Single(await crowd.AuditAsync("member.unbanned")).GetProperty("before").Text("reason"));
    }

    [Fact]
    public async Task A_ban_again_updates_the_reason_and_changes_nothing_where_it_says_the_same()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var stranger = await crowd.StrangerAsync();
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(stranger), reason: "by%20header")).BodyAsync(HttpStatusCode.OK);
        var rev = await crowd.RevAsync();
        Assert.Equal("by header", (await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(stranger), new { })).BodyAsync(HttpStatusCode.OK)).Text("reason"));
        Assert.Equal(rev, await crowd.RevAsync());
        Assert.Equal("better", (await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(stranger), new { reason = "better" })).BodyAsync(HttpStatusCode.OK)).Text("reason"));
        Assert.Null((await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(stranger), new { reason = "" })).BodyAsync(HttpStatusCode.OK)).Text("reason"));
        Assert.Equal(rev + 2, await crowd.RevAsync());
        Assert.Equal(1, await crowd.CountAsync());
        // Nobody whom any server has ever seen: an id is enough.
        var nobody = Guid.CreateVersion7();
        var ban = await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, $"{crowd.Path}/bans/{nobody}")).BodyAsync(HttpStatusCode.OK);
        Assert.Equal((nobody, null), (ban.GetProperty("user").Id(), ban.GetProperty("user").Text("username")));
    }

    [Fact]
    public async Task Banning_and_reading_bans_needs_the_permission_and_banning_rank()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        foreach (var role in new[] { "guest", "member", "moderator" })
        {
            var actor = await crowd.JoinAsync(role, roles: crowd.Role(role));
            await EveryRouteAsync(actor, HttpStatusCode.Forbidden, "missing_permission");
        }

        await EveryRouteAsync(await crowd.StrangerAsync(), HttpStatusCode.NotFound, "server_not_found");
        var (admin, equal) = (await crowd.JoinAsync("admin", roles: crowd.Role("admin")), await crowd.JoinAsync("admin", roles: crowd.Role("admin")));
        await (await admin.Client.CallAsync(HttpMethod.Put, crowd.Ban(equal))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await admin.Client.CallAsync(HttpMethod.Put, crowd.Ban(crowd.Owner))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await admin.Client.CallAsync(HttpMethod.Put, crowd.Ban(admin))).RefusedAsync(HttpStatusCode.Conflict, "cannot_ban_self");
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(crowd.Owner))).RefusedAsync(HttpStatusCode.Conflict, "cannot_ban_self");
        await admin.Client.RefusesAsync(crowd.Ban(bob), HttpStatusCode.NotFound, "ban_not_found");
        Assert.Empty((await admin.Client.ReadAsync($"{crowd.Path}/bans")).GetProperty("items").EnumerateArray());

        async Task EveryRouteAsync(Person actor, HttpStatusCode status, string code)
        {
            await (await actor.Client.CallAsync(HttpMethod.Put, crowd.Ban(bob))).RefusedAsync(status, code);
            await (await actor.Client.CallAsync(HttpMethod.Delete, crowd.Ban(bob))).RefusedAsync(status, code);
            await (await actor.Client.CallAsync(HttpMethod.Post, $"{crowd.Path}/bans", new { users = new[] { bob.Id } })).RefusedAsync(status, code);
            await actor.Client.RefusesAsync(crowd.Ban(bob), status, code);
            await actor.Client.RefusesAsync($"{crowd.Path}/bans", status, code);
        }
    }

    [Fact]
    public async Task Bad_bans_are_refused_by_field()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var one = $"{crowd.Path}/bans/{Guid.CreateVersion7()}";
        foreach (var (body, field, code) in new[]
        {
            ("""{"deleteMessagesHours":-1}""", "deleteMessagesHours", "out_of_range"),
            ("""{"deleteMessagesHours":169}""", "deleteMessagesHours", "out_of_range"),
            ($$"""{"reason":"{{new string('x', 513)}}"}""", "reason", "too_long"),
            ("""{"reason":"a\u0000"}""", "reason", "invalid_characters"),
        })
        {
            await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, one, body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
            await (await crowd.Owner.Client.CallAsync(HttpMethod.Post, $"{crowd.Path}/bans", body.Replace("{", $$"""{"users":["{{Guid.NewGuid()}}"],""", StringComparison.Ordinal)))
                .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
        }

        foreach (var (body, code) in new[] { ("{}", "required"), ("""{"users":null}""", "required"), ("""{"users":[]}""", "too_few") })
        {
            await (await crowd.Owner.Client.CallAsync(HttpMethod.Post, $"{crowd.Path}/bans", body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "users", code);
        }

        await (await crowd.Owner.Client.CallAsync(HttpMethod.Post, $"{crowd.Path}/bans", new { users = Enumerable.Range(0, 201).Select(_ => Guid.NewGuid()) }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "users", "too_many");
        foreach (var body in new[] { """{"users":["x"]}""", """{"users":[null]}""", """{"users":{}}""", """{"deleteMessagesHours":1e99}""", """{"deleteMessagesHours":1.5}""", "[]" })
        {
            await (await crowd.Owner.Client.CallAsync(HttpMethod.Post, $"{crowd.Path}/bans", body)).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        }

        foreach (var (query, field, code) in new[] { ("limit=0", "limit", "out_of_range"), ("cursor=AAAAAAAAAAA", "cursor", "invalid") })
        {
            await crowd.Owner.Client.RefusesAsync($"{crowd.Path}/bans?{query}", HttpStatusCode.BadRequest, "validation_failed", field, code);
        }

        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, one, reason: new string('x', 513))).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "X-Audit-Reason", "too_long");
        Assert.Equal(2, await crowd.RevAsync());
    }

    [Fact]
    public async Task Two_hundred_are_banned_with_one_revision_and_those_who_are_not_are_named_with_a_code()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (admin, equal) = (await crowd.JoinAsync("admin", roles: crowd.Role("admin")), await crowd.JoinAsync("admin", roles: crowd.Role("admin")));
        var (bob, eve) = (await crowd.JoinAsync(), await crowd.JoinAsync("eve"));
        Guid[] unknown = [.. Enumerable.Range(0, 195).Select(_ => Guid.CreateVersion7())];
        var before = await crowd.RevAsync();
        var request = new { users = unknown.Concat([bob.Id, eve.Id, admin.Id, equal.Id, crowd.Owner.Id]), reason = "raid", deleteMessagesHours = 1 };

        var answer = await (await admin.Client.CallAsync(HttpMethod.Post, $"{crowd.Path}/bans", request, key: "raid")).BodyAsync(HttpStatusCode.OK);
        using var other = Deployment.ClientOf(admin.Account, replica: 1);
        var again = await (await other.CallAsync(HttpMethod.Post, $"{crowd.Path}/bans", request, key: "raid")).BodyAsync(HttpStatusCode.OK);

        Assert.Equal(answer.GetRawText(), again.GetRawText());
        Assert.Equal([.. unknown, bob.Id, eve.Id], answer.GetProperty("banned").Ids());
        Assert.Equal(
            [(admin.Id, "self"), (equal.Id, "above_you"), (crowd.Owner.Id, "owner")],
            answer.GetProperty("refused").EnumerateArray().Select(one => (one.GetProperty("user").GetGuid(), one.Text("code") ?? "")));
        Assert.Equal(before + 1, await crowd.RevAsync());
        Assert.Equal(3, await crowd.CountAsync());
        Assert.All([.. await crowd.SeenAsync(bob), .. await crowd.SeenAsync(eve)], seen => Assert.Null(seen));
        Assert.Equal(197, (await crowd.AuditAsync("member.banned")).Count);

        var listed = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = await admin.Client.ReadAsync($"{crowd.Path}/bans?limit=70{(cursor is null ? "" : $"&cursor={cursor}")}");
            listed.AddRange(page.GetProperty("items").EnumerateArray().Select(ban => ban.GetProperty("user").Id()));
            cursor = page.Text("next");
        }
        while (cursor is not null);
        Assert.Equal([.. unknown.Append(bob.Id).Append(eve.Id).Order()], listed.Order());
        Assert.Equal(bob.Account.Username, (await admin.Client.ReadAsync(crowd.Ban(bob))).GetProperty("user").Text("username"));
        var nobody = await (await admin.Client.CallAsync(HttpMethod.Post, $"{crowd.Path}/bans", new { users = new[] { admin.Id } })).BodyAsync(HttpStatusCode.OK);
        Assert.Empty(nobody.GetProperty("banned").Ids());
        Assert.Equal(before + 1, await crowd.RevAsync());
    }

    [Fact]
    public async Task The_newest_ban_comes_first()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        Guid[] users = [.. Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7())];
        foreach (var user in users)
        {
            await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, $"{crowd.Path}/bans/{user}")).BodyAsync(HttpStatusCode.OK);
        }

        var page = await crowd.Owner.Client.ReadAsync($"{crowd.Path}/bans");
        Assert.Equal(users.Reverse(), page.GetProperty("items").EnumerateArray().Select(ban => ban.GetProperty("user").Id()));
    }

    [Fact]
    public async Task Whoever_is_banned_while_joining_is_never_both_a_member_and_banned()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var people = new List<Person>();
        for (var index = 0; index < 12; index++)
        {
            people.Add(await crowd.StrangerAsync("racer", replica: index % 2));
        }

        await Task.WhenAll(people.SelectMany(person => new Task[] { JoinAsync(person), BanAsync(person) }));

        Assert.Equal(1, await crowd.CountAsync());
        foreach (var person in people)
        {
            Assert.All(await crowd.SeenAsync(person), seen => Assert.Null(seen));
        }

        async Task JoinAsync(Person person)
        {
            using var answer = await person.Client.AcceptAsync(crowd.Code);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.Forbidden });
        }

        async Task BanAsync(Person person) => await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(person))).BodyAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task G2_a_ban_repeated_with_its_key_after_the_unban_bans_nobody_again()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        using var other = Deployment.ClientOf(crowd.Owner.Account, replica: 1);
        var first = await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(bob), new { reason = "x" }, key: "ban")).BodyAsync(HttpStatusCode.OK);
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Ban(bob), key: "unban")).DoneAsync();
        await (await other.CallAsync(HttpMethod.Delete, crowd.Ban(bob), key: "unban")).DoneAsync();

        Assert.Equal(first.GetRawText(), (await (await other.CallAsync(HttpMethod.Put, crowd.Ban(bob), new { reason = "x" }, key: "ban")).BodyAsync(HttpStatusCode.OK)).GetRawText());
        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
    }
}
