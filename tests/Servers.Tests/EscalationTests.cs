using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>Ways round by which somebody could get what nobody gave them.</summary>
public sealed class EscalationTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Who_manages_roles_hands_out_no_channel_by_a_role_that_they_do_not_see_themselves()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (keepers, staff) = (await crowd.MakeAsync("Keepers", Granted.ManageRoles), await crowd.MakeAsync("Staff"));
        var (keeper, bob, insider) = (
            await crowd.JoinAsync("keeper", roles: [crowd.Role("member"), keepers]), await crowd.JoinAsync(replica: 1), await crowd.JoinAsync("insider", roles: [crowd.Role("member"), staff]));
        var hidden = await HiddenAsync(crowd);
        await OverrideAsync(crowd, hidden, staff, "role", allow: Granted.ViewChannel);

        await RefusedAsync(keeper, HttpMethod.Put, $"{crowd.Member(keeper)}/roles/{staff}");
        await RefusedAsync(keeper, HttpMethod.Put, $"{crowd.Member(bob)}/roles/{staff}");
        await RefusedAsync(keeper, HttpMethod.Patch, crowd.Member(bob), new { roles = new[] { crowd.Role("member"), staff } });
        await RefusedAsync(keeper, HttpMethod.Delete, $"{crowd.Member(insider)}/roles/{staff}");
        await RefusedAsync(keeper, HttpMethod.Patch, crowd.Member(insider), new { roles = new[] { crowd.Role("member") } });
        await RefusedAsync(keeper, HttpMethod.Delete, $"{crowd.Roles}/{staff}");
        await keeper.Client.RefusesAsync($"/api/v1/channels/{hidden}", HttpStatusCode.NotFound, "channel_not_found");
        Assert.Equal(hidden, (await insider.Client.ReadAsync($"/api/v1/channels/{hidden}")).Id());

        // What they see themselves they may show.
        await OverrideAsync(crowd, hidden, keeper.Id, "member", allow: Granted.ViewChannel);
        await (await keeper.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{staff}")).DoneAsync();
        Assert.Equal(hidden, (await bob.Client.ReadAsync($"/api/v1/channels/{hidden}")).Id());
        await (await keeper.Client.CallAsync(HttpMethod.Delete, $"{crowd.Member(insider)}/roles/{staff}")).DoneAsync();
        await (await keeper.Client.CallAsync(HttpMethod.Delete, $"{crowd.Roles}/{staff}")).DoneAsync();
        await bob.Client.RefusesAsync($"/api/v1/channels/{hidden}", HttpStatusCode.NotFound, "channel_not_found");
    }

    [Fact]
    public async Task Who_is_denied_something_by_a_role_below_theirs_does_not_get_rid_of_it()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (keepers, muted) = (await crowd.MakeAsync("Keepers", Granted.ManageRoles), await crowd.MakeAsync("Muted"));
        var (keeper, other, bob) = (
            await crowd.JoinAsync("keeper", roles: [crowd.Role("member"), keepers, muted]), await crowd.JoinAsync("other", roles: [crowd.Role("member"), keepers]), await crowd.JoinAsync());
        await OverrideAsync(crowd, crowd.General, muted, "role", deny: Granted.SendMessages);

        await RefusedAsync(keeper, HttpMethod.Delete, $"{crowd.Member(keeper)}/roles/{muted}");
        await RefusedAsync(keeper, HttpMethod.Patch, crowd.Member(keeper), new { roles = new[] { crowd.Role("member"), keepers } });
        await RefusedAsync(keeper, HttpMethod.Delete, $"{crowd.Roles}/{muted}");
        await RefusedAsync(keeper, HttpMethod.Put, $"{crowd.Member(bob)}/roles/{muted}");

        // Who may write there silences others, and gives them their voice back.
        await (await other.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{muted}")).DoneAsync();
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.False(seen?.HasFlag(Granted.SendMessages)));
        await (await other.Client.CallAsync(HttpMethod.Delete, $"{crowd.Member(bob)}/roles/{muted}")).DoneAsync();
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.True(seen?.HasFlag(Granted.SendMessages)));
    }

    [Fact]
    public async Task A_channel_that_changes_something_for_a_role_does_not_keep_it_from_being_given_where_it_makes_no_difference()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var keepers = await crowd.MakeAsync("Keepers", Granted.ManageRoles);
        var (keeper, bob) = (await crowd.JoinAsync("keeper", roles: [crowd.Role("member"), keepers]), await crowd.JoinAsync(roles: crowd.Role("guest")));
        // Neither guests nor members write announcements, and so does the keeper not.
        await crowd.Owner.Client.SendAsync(HttpMethod.Post, $"{crowd.Path}/channels", new { name = "news", kind = "announcement" }, HttpStatusCode.Created);

        foreach (var role in new[] { "member", "guest" })
        {
            await (await keeper.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { roles = new[] { crowd.Role(role) } })).BodyAsync(HttpStatusCode.OK);
            Assert.Equal([crowd.Role(role)], (await crowd.MemberAsync(bob)).GetProperty("roles").Ids());
        }
    }

    [Fact]
    public async Task Who_came_for_a_while_does_not_make_their_own_stay_last()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        await crowd.Owner.Client.SendAsync(
            HttpMethod.Patch,
            $"{crowd.Roles}/{crowd.Role("member")}",
            new { permissions = (long)(Granted.ViewChannel | Granted.AddReactions | Granted.Connect | Granted.ManageRoles) },
            HttpStatusCode.OK);
        var visitor = await crowd.StrangerAsync("visitor");
        var code = await crowd.Owner.Client.InviteAsync(crowd.Server, new { membershipSeconds = 600 });
        await (await visitor.Client.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);
        var endsAt = (await crowd.MemberAsync(visitor)).GetProperty("endsAt").GetString();

        await (await visitor.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(visitor)}/roles/{crowd.Role("guest")}")).DoneAsync();
        Assert.Contains(crowd.Role("guest"), (await crowd.MemberAsync(visitor)).GetProperty("roles").Ids());
        Assert.Equal(endsAt, (await crowd.MemberAsync(visitor)).GetProperty("endsAt").GetString());

        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(visitor)}/roles/{crowd.Role("moderator")}")).DoneAsync();
        Assert.False((await crowd.MemberAsync(visitor)).TryGetProperty("endsAt", out _));
    }

    [Fact]
    public async Task A_template_shows_no_channel_and_no_heading_that_whoever_saves_it_does_not_see_and_the_log_shows_no_code()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var heading = (await crowd.Owner.Client.SendAsync(HttpMethod.Post, $"{crowd.Path}/categories", new { name = "Secret plans" }, HttpStatusCode.Created)).Id();
        var hidden = await HiddenAsync(crowd, heading);
        var managers = await crowd.MakeAsync("Managers", Granted.ManageServer);
        var manager = await crowd.JoinAsync("manager", roles: [crowd.Role("member"), managers]);

        var saved = await manager.Client.SendAsync(HttpMethod.Post, $"{crowd.Path}/templates", new { name = "Seen" }, HttpStatusCode.Created);
        Assert.Equal(["general"], Names(saved));
        Assert.DoesNotContain("Secret", saved.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(["general", "hidden"], Names(await crowd.Owner.Client.SendAsync(HttpMethod.Post, $"{crowd.Path}/templates", new { name = "All" }, HttpStatusCode.Created)));

        // Saved anew it is what this saver sees, and of a channel that they are let into they see the heading too.
        var code = saved.GetProperty("template").GetProperty("code").GetString() ?? "";
        await OverrideAsync(crowd, hidden, manager.Id, "member", allow: Granted.ViewChannel);
        var anew = await manager.Client.SendAsync(HttpMethod.Put, $"{crowd.Path}/templates/{code}", new { }, HttpStatusCode.OK);
        Assert.Equal(["general", "hidden"], Names(anew));
        Assert.Equal("Secret plans", anew.GetProperty("structure").GetProperty("categories")[0].GetProperty("name").GetString());

        await crowd.Owner.Client.SendAsync(HttpMethod.Delete, $"{crowd.Path}/templates/{code}", null, HttpStatusCode.NoContent);
        var log = (await crowd.Owner.Client.ReadAsync($"{crowd.Path}/audit-log")).GetRawText();
        Assert.DoesNotContain(code, log, StringComparison.Ordinal);
        Assert.All(
            [(await crowd.AuditAsync("template.saved"))[0].GetProperty("after"), (await crowd.AuditAsync("template.saved"))[^1].GetProperty("before"), (await crowd.AuditAsync("template.deleted"))[0].GetProperty("before")],
            told => Assert.Equal($"{code[..4]}…", told.GetProperty("code").GetString()));

        static IEnumerable<string?> Names(JsonElement template) =>
            template.GetProperty("structure").GetProperty("channels").EnumerateArray().Select(channel => channel.GetProperty("name").GetString());
    }

    private static async Task<Guid> HiddenAsync(Crowd crowd, Guid? category = null) => (await crowd.Owner.Client.SendAsync(
        HttpMethod.Post, $"{crowd.Path}/channels", new { name = "hidden", kind = "text", @private = true, category }, HttpStatusCode.Created)).Id();

    private static Task OverrideAsync(Crowd crowd, Guid channel, Guid target, string kind, Granted allow = Granted.None, Granted deny = Granted.None) => crowd.Owner.Client.SendAsync(
        HttpMethod.Put, $"/api/v1/channels/{channel}/overrides/{target}", new { kind, allow = (long)allow, deny = (long)deny }, HttpStatusCode.OK);

    private static async Task RefusedAsync(Person actor, HttpMethod method, string path, object? body = null) =>
        await (await actor.Client.CallAsync(method, path, body)).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
}
