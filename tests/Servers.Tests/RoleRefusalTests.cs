using System.Text;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>Who may not change roles, and what nobody may.</summary>
public sealed class RoleRefusalTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Only_admin_and_owner_change_roles_by_default_and_a_stranger_learns_nothing()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.MakeAsync("Helpers");
        var rev = await cast.RevAsync();
        foreach (var who in (string[])["moderator", "member", "guest"])
        {
            foreach (var attempt in Attempts(cast[who].Client, cast, role))
            {
                var problem = await (await attempt()).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
                Assert.Equal((long)Granted.ManageRoles, problem.GetProperty("permission").GetInt64());
            }
        }

        foreach (var attempt in Attempts(cast.Stranger.Client, cast, role))
        {
            await (await attempt()).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        }

        foreach (var path in (string[])[cast.Roles, $"{cast.Roles}/{role}", $"{cast.Roles}/{role}/members"])
        {
            await cast.Stranger.Client.RefusesAsync(path, HttpStatusCode.NotFound, "server_not_found");
        }

        Assert.Equal(rev, await cast.RevAsync());
    }

    [Fact]
    public async Task A_role_of_another_server_is_not_there()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var elsewhere = await cast.Owner.Client.CreateServerAsync();
        foreach (var role in (Guid[])[Guid.CreateVersion7(), elsewhere.GetProperty("roles")[0].Id()])
        {
            await cast.Owner.Client.RefusesAsync($"{cast.Roles}/{role}", HttpStatusCode.NotFound, "role_not_found");
            await cast.Owner.Client.RefusesAsync($"{cast.Roles}/{role}/members", HttpStatusCode.NotFound, "role_not_found");
            await (await cast.Owner.Client.EditAsync($"{cast.Roles}/{role}", new { name = "Mine" })).RefusedAsync(HttpStatusCode.NotFound, "role_not_found");
            await (await cast.Owner.Client.RemoveAsync($"{cast.Roles}/{role}")).RefusedAsync(HttpStatusCode.NotFound, "role_not_found");
        }

        await cast.Owner.Client.RefusesAsync($"{cast.Roles}/not-an-id", HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Nobody_edits_or_deletes_what_stands_level_with_them_or_above()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        foreach (var code in (string[])["admin", "owner"])
        {
            var path = $"{cast.Roles}/{cast.Role(code)}";
            await (await cast.Admin.Client.EditAsync(path, new { name = "Mine" })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
            await (await cast.Admin.Client.EditAsync(path, new { permissions = 0 })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
            await (await cast.Admin.Client.RemoveAsync(path)).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        }

        var order = await cast.OrderAsync();
        await (await cast.Admin.Client.EditAsync(cast.Roles, new { roles = order })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await cast.Admin.Client.EditAsync(cast.Roles, new { roles = order[..3].Append(cast.Role("owner")) })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
    }

    [Fact]
    public async Task The_owners_role_is_not_edited_and_no_built_in_role_is_deleted_by_anybody()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        await (await cast.Owner.Client.EditAsync($"{cast.Roles}/{cast.Role("owner")}", new { name = "Mine" })).RefusedAsync(HttpStatusCode.Conflict, "built_in_role");
        foreach (var code in Community.Ranks)
        {
            await (await cast.Owner.Client.RemoveAsync($"{cast.Roles}/{cast.Role(code)}")).RefusedAsync(HttpStatusCode.Conflict, "built_in_role");
        }

        Assert.Equal(5, (await cast.ReadRolesAsync()).Length);
    }

    [Fact]
    public async Task A_role_between_others_manages_those_below_it_with_the_permissions_it_has_and_no_more()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var below = await cast.MakeAsync("Below", Granted.KickMembers | Granted.SendMessages);
        var middle = await cast.MakeAsync("Middle", Granted.ManageRoles | Granted.ManageMessages);
        var above = await cast.MakeAsync("Above");
        await (await cast.Owner.Client.EditAsync(cast.Roles, new { roles = Order(below, middle, above) })).BodyAsync(HttpStatusCode.OK);
        await cast.GiveAsync(cast.Member, middle);
        await cast.GiveAsync(cast.Member, below);
        var client = cast.Member.Client;
        string Path(Guid role) => $"{cast.Roles}/{role}";

        // Below: what is one's own. KickMembers comes from the role itself, which the member holds, so it is their own.
        await (await client.EditAsync(Path(below), new { name = "Lower", permissions = Granted.KickMembers | Granted.ManageMessages })).BodyAsync(HttpStatusCode.OK);
        foreach (var foreign in (Granted[])[Granted.Administrator, Granted.BanMembers, Granted.KickMembers | Granted.ManageServer, Granted.All])
        {
            await (await client.EditAsync(Path(below), new { permissions = foreign })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
            await (await client.PostAsync(cast.Roles, null, new { name = "New", permissions = foreign })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        }

        foreach (var role in (Guid[])[middle, above, cast.Role("moderator"), cast.Role("admin"), cast.Role("owner")])
        {
            await (await client.EditAsync(Path(role), new { hoist = true })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
            await (await client.RemoveAsync(Path(role))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        }

        // What it grants and the member has not got stays, whatever else changes, and cannot be taken by deleting either.
        await (await cast.Owner.Client.EditAsync(Path(below), new { permissions = Granted.BanMembers })).BodyAsync(HttpStatusCode.OK);
        await Sql.ExecuteAsync(Deployment.Database, "delete from member_roles where role_id = $1", below);
        await (await client.EditAsync(Path(below), new { permissions = 0 })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await client.RemoveAsync(Path(below))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        var kept = await (await client.EditAsync(Path(below), new { name = "Kept", permissions = Granted.BanMembers | Granted.ManageMessages })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal((long)(Granted.BanMembers | Granted.ManageMessages), kept.GetProperty("permissions").GetInt64());

        var made = (await (await client.PostAsync(cast.Roles, null, new { name = "New", permissions = Granted.ManageMessages })).BodyAsync(HttpStatusCode.Created)).Id();
        await (await client.EditAsync(cast.Roles, new { roles = (Guid[])[cast.Role("guest"), cast.Role("member"), below, made] })).BodyAsync(HttpStatusCode.OK);
        using var deleted = await client.RemoveAsync(Path(made));
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);

        Guid[] Order(params Guid[] made) => [cast.Role("guest"), cast.Role("member"), .. made, cast.Role("moderator"), cast.Role("admin")];
    }

    [Fact]
    public async Task Who_stands_no_higher_than_the_member_role_makes_no_role_above_themselves()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        await (await cast.Owner.Client.EditAsync($"{cast.Roles}/{cast.Role("member")}", new { permissions = Granted.ViewChannel | Granted.ManageRoles })).BodyAsync(HttpStatusCode.OK);
        await (await cast.Member.Client.PostAsync(cast.Roles, null, new { name = "Above" })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await cast.Member.Client.EditAsync($"{cast.Roles}/{cast.Role("member")}", new { name = "Us" })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await cast.Member.Client.EditAsync($"{cast.Roles}/{cast.Role("guest")}", new { name = "Them" })).BodyAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_order_that_is_stale_or_moves_what_is_fixed_is_refused()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var made = await cast.MakeAsync("Made");
        var (guest, member, moderator, admin, owner) = (cast.Role("guest"), cast.Role("member"), cast.Role("moderator"), cast.Role("admin"), cast.Role("owner"));
        var client = cast.Owner.Client;
        foreach (var stale in (Guid[][])[[guest, member, moderator, admin], [guest, member, made, moderator, admin, Guid.CreateVersion7()], [made]])
        {
            await (await client.EditAsync(cast.Roles, new { roles = stale })).RefusedAsync(HttpStatusCode.Conflict, "roles_changed");
        }

        foreach (var wrong in (Guid[][])[[member, guest, made, moderator, admin], [guest, made, member, moderator, admin], [guest, member, made, moderator, owner, admin]])
        {
            await (await client.EditAsync(cast.Roles, new { roles = wrong })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "roles", "fixed_order");
        }

        await Refused("roles", "duplicate", new { roles = (Guid[])[guest, guest, member, made, moderator] });
        await Refused("roles", "required", new { roles = Array.Empty<Guid>() });
        await Refused("roles", "required", new { });
        await Refused("roles", "too_many", new { roles = Enumerable.Range(0, 251).Select(_ => Guid.CreateVersion7()) });
        Assert.Equal([guest, member, made, moderator, admin], await cast.OrderAsync());

        async Task Refused(string field, string code, object body) =>
            await (await client.EditAsync(cast.Roles, body)).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
    }

    [Fact]
    public async Task In_an_archived_server_roles_are_read_and_not_changed()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.MakeAsync("Helpers");
        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now() where id = $1", cast.Server);
        foreach (var attempt in Attempts(cast.Owner.Client, cast, role))
        {
            await (await attempt()).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        }

        Assert.Equal(6, (await cast.ReadRolesAsync()).Length);
    }

    [Fact]
    public async Task Who_is_timed_out_changes_no_roles()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.MakeAsync("Helpers", Granted.ManageRoles);
        await cast.GiveAsync(cast.Moderator, role);
        await Sql.ExecuteAsync(Deployment.Database, "insert into member_timeouts (server_id, user_id, until) values ($1, $2, now() + interval '1 hour')", cast.Server, cast.Moderator.Id);
        foreach (var attempt in Attempts(cast.Moderator.Client, cast, role))
        {
            await (await attempt()).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        }
    }

    [Theory]
    [InlineData("""{"permissions":0}""", "name", "required")]
    [InlineData("""{"name":null}""", "name", "required")]
    [InlineData("""{"name":""}""", "name", "too_short")]
    [InlineData("""{"name":"   "}""", "name", "too_short")]
    [InlineData("""{"name":"a\u0000b"}""", "name", "invalid_characters")]
    [InlineData("""{"name":"a\nb"}""", "name", "invalid_characters")]
    [InlineData("""{"name":"a\u202Eb"}""", "name", "invalid_characters")]
    [InlineData("""{"name":"a","permissions":-1}""", "permissions", "unknown_permission")]
    [InlineData("""{"name":"a","permissions":4194304}""", "permissions", "unknown_permission")]
    [InlineData("""{"name":"a","permissions":9223372036854775807}""", "permissions", "unknown_permission")]
    [InlineData("""{"name":"a","permissions":-9223372036854775808}""", "permissions", "unknown_permission")]
    [InlineData("""{"name":"a","colour":-1}""", "colour", "out_of_range")]
    [InlineData("""{"name":"a","colour":16777216}""", "colour", "out_of_range")]
    public async Task Bad_fields_are_named(string body, string field, string code)
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = await owner.CreateServerAsync();
        var roles = $"/api/v1/servers/{server.Id()}/roles";
        await (await owner.SendAsync(HttpMethod.Post, roles, Json(body))).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
        if (body.Contains($"\"{field}\"", StringComparison.Ordinal))
        {
            await (await owner.SendAsync(HttpMethod.Patch, $"{roles}/{server.GetProperty("roles")[0].Id()}", Json(body))).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", field, code);
        }
    }

    [Theory]
    [InlineData("""{"name":7}""")]
    [InlineData("""{"name":["a"]}""")]
    [InlineData("""{"name":"\uD800"}""")]
    [InlineData("""{"name":"a","permissions":"4"}""")]
    [InlineData("""{"name":"a","permissions":"SendMessages"}""")]
    [InlineData("""{"name":"a","permissions":null}""")]
    [InlineData("""{"name":"a","permissions":1.5}""")]
    [InlineData("""{"name":"a","permissions":18446744073709551616}""")]
    [InlineData("""{"name":"a","colour":"red"}""")]
    [InlineData("""{"name":"a","colour":99999999999}""")]
    [InlineData("""{"name":"a","hoist":1}""")]
    [InlineData("""{"name":"a","hoist":null}""")]
    [InlineData("""{"name":"a","mentionable":"yes"}""")]
    [InlineData("""{"name":"a","name":"b"}""")]
    [InlineData("""["a"]""")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("")]
    public async Task What_cannot_be_read_is_a_malformed_request(string body)
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = await owner.CreateServerAsync();
        var roles = $"/api/v1/servers/{server.Id()}/roles";
        await (await owner.SendAsync(HttpMethod.Post, roles, Json(body))).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        await (await owner.SendAsync(HttpMethod.Patch, $"{roles}/{server.GetProperty("roles")[0].Id()}", Json(body))).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Theory]
    [InlineData("""{"roles":"all"}""")]
    [InlineData("""{"roles":[null]}""")]
    [InlineData("""{"roles":["not-an-id"]}""")]
    [InlineData("""{"roles":[7]}""")]
    [InlineData("""{"roles":{}}""")]
    public async Task An_order_that_cannot_be_read_is_a_malformed_request(string body)
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        await (await owner.SendAsync(HttpMethod.Patch, $"/api/v1/servers/{server}/roles", Json(body))).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task A_name_is_counted_in_characters_as_people_see_them_written()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var roles = $"/api/v1/servers/{(await owner.CreateServerAsync()).Id()}/roles";
        var longest = string.Concat(Enumerable.Repeat("🌟", 100));
        var made = await (await owner.PostAsync(roles, null, new { name = longest })).BodyAsync(HttpStatusCode.Created);
        Assert.Equal(longest, made.GetProperty("name").GetString());
        await (await owner.PostAsync(roles, null, new { name = longest + "🌟" })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "name", "too_long");
        await (await owner.EditAsync($"{roles}/{made.Id()}", new { name = longest + "🌟" })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "name", "too_long");
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static Func<Task<HttpResponseMessage>>[] Attempts(HttpClient client, Community cast, Guid role) =>
    [
        () => client.PostAsync(cast.Roles, null, new { name = "New" }),
        () => client.EditAsync($"{cast.Roles}/{role}", new { name = "Changed" }),
        () => client.EditAsync(cast.Roles, new { roles = new[] { role } }),
        () => client.RemoveAsync($"{cast.Roles}/{role}"),
    ];
}
