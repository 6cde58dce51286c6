using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>What the routes of roles do when they do it.</summary>
public sealed class RoleTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_new_role_stands_directly_above_the_member_role_and_everybody_sees_it()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        await cast.MakeAsync("First");
        using var response = await cast.Admin.Client.PostAsync(
            cast.Roles, null, new { name = "  Helpers  ", permissions = Granted.ManageMessages | Granted.KickMembers, colour = 0xFF8800, hoist = true, mentionable = true });
        var made = await response.BodyAsync(HttpStatusCode.Created);

        Assert.Equal($"{cast.Roles}/{made.Id()}", response.Headers.Location?.ToString());
        Assert.Equal(
            ("Helpers", (long)(Granted.ManageMessages | Granted.KickMembers), 0xFF8800, true, true, 2),
            (made.GetProperty("name").GetString(), made.GetProperty("permissions").GetInt64(), made.GetProperty("colour").GetInt32(), made.GetProperty("hoist").GetBoolean(),
                made.GetProperty("mentionable").GetBoolean(), made.GetProperty("position").GetInt32()));
        Assert.False(made.TryGetProperty("builtIn", out _));

        foreach (var who in Community.Ranks)
        {
            JsonElement[] roles = [.. (await cast[who].Client.ReadAsync(cast.Roles)).GetProperty("items").EnumerateArray()];
            Assert.Equal(["Guest", "Member", "Helpers", "First", "Moderator", "Admin", "Owner"], roles.Select(role => role.GetProperty("name").GetString()));
            Assert.Equal(Enumerable.Range(0, 7), roles.Select(role => role.GetProperty("position").GetInt32()));
            Assert.Equal([1, 3, 0, 0, 1, 1, 1], roles.Select(role => role.GetProperty("members").GetInt32()));
            var one = await cast[who].Client.ReadAsync($"{cast.Roles}/{roles[1].Id()}");
            Assert.Equal(("member", 3), (one.GetProperty("builtIn").GetString(), one.GetProperty("members").GetInt32()));
        }
    }

    [Fact]
    public async Task A_role_that_says_only_its_name_grants_and_shows_nothing()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.Owner.Client.ReadAsync($"{cast.Roles}/{await cast.MakeAsync("Étoile 🌟")}");

        Assert.Equal(
            ("Étoile 🌟", 0L, false, false, 0),
            (role.GetProperty("name").GetString(), role.GetProperty("permissions").GetInt64(), role.GetProperty("hoist").GetBoolean(), role.GetProperty("mentionable").GetBoolean(), role.GetProperty("members").GetInt32()));
        Assert.False(role.TryGetProperty("colour", out _));
    }

    [Fact]
    public async Task An_edit_changes_what_it_names_and_null_clears_the_colour()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var id = await cast.MakeAsync("Helpers", Granted.ManageMessages);
        var path = $"{cast.Roles}/{id}";

        var coloured = await (await cast.Admin.Client.EditAsync(path, new { colour = 0xFFFFFF })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(("Helpers", 0xFFFFFF, (long)Granted.ManageMessages), (coloured.GetProperty("name").GetString(), coloured.GetProperty("colour").GetInt32(), coloured.GetProperty("permissions").GetInt64()));
        var all = await (await cast.Admin.Client.EditAsync(
            path, new { name = "Others", permissions = Granted.KickMembers, colour = (int?)null, hoist = true, mentionable = true })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(
            ("Others", (long)Granted.KickMembers, true, true, id),
            (all.GetProperty("name").GetString(), all.GetProperty("permissions").GetInt64(), all.GetProperty("hoist").GetBoolean(), all.GetProperty("mentionable").GetBoolean(), all.Id()));
        Assert.False(all.TryGetProperty("colour", out _));

        var rev = await cast.RevAsync();
        await (await cast.Admin.Client.EditAsync(path, new { name = "Others", hoist = true })).BodyAsync(HttpStatusCode.OK);
        await (await cast.Admin.Client.EditAsync(path, new { })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(rev, await cast.RevAsync());
    }

    [Fact]
    public async Task A_built_in_role_may_be_renamed_and_keeps_what_it_is()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var edited = await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{cast.Role("moderator")}", new { name = "Stewards", permissions = Granted.ManageMessages })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(("Stewards", "moderator"), (edited.GetProperty("name").GetString(), edited.GetProperty("builtIn").GetString()));
    }

    [Fact]
    public async Task A_deleted_role_is_held_by_nobody_and_no_channel_names_it_any_more()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var id = await cast.MakeAsync("Helpers", Granted.ManageMessages);
        var other = await cast.MakeAsync("Others");
        await cast.GiveAsync(cast.Member, id);
        await Sql.ExecuteAsync(
            Deployment.Database, "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) values ($1, $2, true, 0, 2), ($1, $3, true, 0, 0)", cast.General, id, other);

        using var deleted = await cast.Admin.Client.RemoveAsync($"{cast.Roles}/{id}");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);

        await cast.Owner.Client.RefusesAsync($"{cast.Roles}/{id}", HttpStatusCode.NotFound, "role_not_found");
        await (await cast.Owner.Client.RemoveAsync($"{cast.Roles}/{id}")).RefusedAsync(HttpStatusCode.NotFound, "role_not_found");
        Assert.Equal(["Guest", "Member", "Others", "Moderator", "Admin", "Owner"], (await cast.ReadRolesAsync()).Select(role => role.GetProperty("name").GetString()));
        Assert.Equal(Enumerable.Range(0, 6), (await cast.ReadRolesAsync()).Select(role => role.GetProperty("position").GetInt32()));
        Assert.Equal([other], await Sql.ListAsync<Guid>(Deployment.Database, "select target_id from channel_overrides where channel_id = $1", cast.General));
        var me = (await cast.Member.Client.ReadAsync($"/api/v1/servers/{cast.Server}")).GetProperty("me");
        Assert.Equal([cast.Role("member")], me.GetProperty("roles").EnumerateArray().Select(role => role.GetGuid()));
    }

    [Fact]
    public async Task One_request_orders_all_roles_below_the_one_who_asks()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        Guid[] made = [await cast.MakeAsync("A"), await cast.MakeAsync("B"), await cast.MakeAsync("C")];
        var (guest, member, moderator, admin) = (cast.Role("guest"), cast.Role("member"), cast.Role("moderator"), cast.Role("admin"));

        Guid[] byAdmin = [guest, member, moderator, made[1], made[2], made[0]];
        var answer = await (await cast.Admin.Client.EditAsync(cast.Roles, new { roles = byAdmin })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal([.. byAdmin, admin, cast.Role("owner")], answer.GetProperty("items").EnumerateArray().Select(Calls.Id));
        Assert.Equal(Enumerable.Range(0, 8), (await cast.ReadRolesAsync()).Select(role => role.GetProperty("position").GetInt32()));

        // The owner may name the owner's role, or leave it out.
        Guid[] byOwner = [guest, member, admin, .. made, moderator];
        await (await cast.Owner.Client.EditAsync(cast.Roles, new { roles = byOwner })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(byOwner, await cast.OrderAsync());
        var rev = await cast.RevAsync();
        await (await cast.Owner.Client.EditAsync(cast.Roles, new { roles = byOwner.Append(cast.Role("owner")) })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(rev, await cast.RevAsync());

        // Whose role was moved down has that rank now.
        await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{made[0]}", new { name = "Mine?" })).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
    }

    [Fact]
    public async Task Every_change_is_in_the_audit_log_with_before_and_after_and_the_reason()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var id = await cast.MakeAsync("Helpers", Granted.ManageMessages);
        cast.Admin.Client.DefaultRequestHeaders.Add("X-Audit-Reason", "tidying%20up");
        await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{id}", new { name = "Helping", permissions = Granted.None, colour = 7 })).BodyAsync(HttpStatusCode.OK);
        await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{id}", new { colour = (int?)null })).BodyAsync(HttpStatusCode.OK);
        var before = await cast.OrderAsync();
        Guid[] after = [.. before[..2], before[3], before[2], before[4]];
        await (await cast.Admin.Client.EditAsync(cast.Roles, new { roles = after[..4] })).BodyAsync(HttpStatusCode.OK);
        (await cast.Admin.Client.RemoveAsync($"{cast.Roles}/{id}")).Dispose();

        var log = await Sql.ListAsync<string>(
            Deployment.Database,
            """
            select json_build_object('actor', actor_id, 'action', action, 'target', target_id, 'reason', reason, 'before', before, 'after', after)::text
            from audit_log where server_id = $1 and action like 'role.%' order by id
            """,
            cast.Server);
        var entries = log.ConvertAll(text => JsonDocument.Parse(text).RootElement);

        Assert.Equal(["role.created", "role.updated", "role.updated", "role.reordered", "role.deleted"], entries.Select(entry => entry.GetProperty("action").GetString()));
        Assert.Equal([cast.Owner.Id, .. Enumerable.Repeat(cast.Admin.Id, 4)], entries.Select(entry => entry.GetProperty("actor").GetGuid()));
        Assert.Equal([null, .. Enumerable.Repeat("tidying up", 4)], entries.Select(entry => entry.GetProperty("reason").GetString()));
        Assert.All(entries.Where(entry => entry.GetProperty("action").GetString() != "role.reordered"), entry => Assert.Equal(id, entry.GetProperty("target").GetGuid()));
        Assert.Equal(("Helpers", 4), (entries[0].GetProperty("after").GetProperty("name").GetString(), entries[0].GetProperty("after").GetProperty("permissions").GetInt64()));
        AssertJson(new { name = "Helpers", permissions = 4, colour = (int?)null }, entries[1].GetProperty("before"));
        AssertJson(new { name = "Helping", permissions = 0, colour = (int?)7 }, entries[1].GetProperty("after"));
        AssertJson(new { colour = 7 }, entries[2].GetProperty("before"));
        AssertJson(new { colour = (int?)null }, entries[2].GetProperty("after"));
        Assert.Equal([.. before, cast.Role("owner")], entries[3].GetProperty("before").GetProperty("roles").EnumerateArray().Select(role => role.GetGuid()));
        Assert.Equal([.. after, cast.Role("owner")], entries[3].GetProperty("after").GetProperty("roles").EnumerateArray().Select(role => role.GetGuid()));
        Assert.Equal(("Helping", 3), (entries[4].GetProperty("before").GetProperty("name").GetString(), entries[4].GetProperty("before").GetProperty("position").GetInt32()));
    }

    [Fact]
    public async Task G2_a_repeated_create_makes_one_role_on_any_replica_and_the_same_key_for_another_is_refused()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        using var elsewhere = Deployment.ClientOf(cast.Owner.Account, replica: 1);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async index =>
        {
            using var response = await (index % 2 == 0 ? cast.Owner.Client : elsewhere).PostAsync(cast.Roles, "make", new { name = "Once", permissions = 2 });
            return (await response.BodyAsync(HttpStatusCode.Created)).Id();
        }));

        Assert.Single(answers.Distinct());
        Assert.Single(await cast.ReadRolesAsync(), role => role.GetProperty("name").GetString() == "Once");
        await (await cast.Owner.Client.PostAsync(cast.Roles, "make", new { name = "Twice", permissions = 2 })).RefusedAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task A_server_has_at_most_two_hundred_and_fifty_roles_also_when_they_are_made_at_once()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            insert into roles (id, server_id, name, position, permissions)
            select gen_random_uuid(), $1, 'Filler ' || n, 1, 0 from generate_series(1, 240) n
            """,
            cast.Server);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 10).Select(async index =>
        {
            using var response = await (index % 2 == 0 ? cast.Owner : cast.Admin).Client.PostAsync(cast.Roles, null, new { name = "One more" });
            return response.StatusCode;
        }));

        Assert.Equal((5, 5), (statuses.Count(status => status == HttpStatusCode.Created), statuses.Count(status => status == HttpStatusCode.Conflict)));
        await (await cast.Owner.Client.PostAsync(cast.Roles, null, new { name = "One more" })).RefusedAsync(HttpStatusCode.Conflict, "too_many_roles");
        var roles = await cast.ReadRolesAsync();
        Assert.Equal(Enumerable.Range(0, 250), roles.Select(role => role.GetProperty("position").GetInt32()));
    }

    private static void AssertJson(object expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(expected), actual), $"Not as expected: {actual}");
}
