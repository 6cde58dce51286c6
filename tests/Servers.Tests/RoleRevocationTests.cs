using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>What a change of a role takes away is gone, and heard of, when the change is answered.</summary>
public sealed class RoleRevocationTests(ServersFixture fixture)
{
    private static readonly string[] Events = ["AccessLost", "RoleChanged", "RoleDeleted", "RolesReordered"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G4_a_permission_taken_from_a_role_is_taken_on_every_replica_when_the_edit_is_answered()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.MakeAsync("Helpers", Granted.ManageMessages);
        await cast.GiveAsync(cast.Member, role);
        for (var round = 0; round < 20; round++)
        {
            await KnownAsync(cast, Granted.ManageMessages);
            await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{role}", new { permissions = 0 })).BodyAsync(HttpStatusCode.OK);
            Assert.All(await ReadAsync(cast), granted => Assert.Equal(Granted.SendMessages, granted & (Granted.ManageMessages | Granted.SendMessages)));
            await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{role}", new { permissions = Granted.ManageMessages })).BodyAsync(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task G4_a_deleted_role_grants_nothing_on_any_replica_when_the_deletion_is_answered()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        for (var round = 0; round < 5; round++)
        {
            var role = await cast.MakeAsync("Helpers", Granted.ManageMessages);
            // The channel denies everybody to write and lets only this role.
            await Sql.ExecuteAsync(
                Deployment.Database,
                "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) values ($1, $2, true, 2, 0), ($1, $3, true, 0, 2) on conflict do nothing",
                cast.General,
                role,
                cast.Role("member"));
            await cast.GiveAsync(cast.Member, role);
            await KnownAsync(cast, Granted.ManageMessages | Granted.SendMessages);

            using var deleted = await cast.Admin.Client.RemoveAsync($"{cast.Roles}/{role}");
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
            Assert.All(await ReadAsync(cast), granted => Assert.Equal(Granted.ViewChannel, granted & (Granted.ManageMessages | Granted.SendMessages | Granted.ViewChannel)));
        }
    }

    [Fact]
    public async Task G4_the_view_of_everybody_is_taken_by_an_edit_of_the_member_role()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        await KnownAsync(cast, Granted.SendMessages);
        await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{cast.Role("member")}", new { permissions = 0 })).BodyAsync(HttpStatusCode.OK);
        foreach (var reader in Deployment.Readers)
        {
            Assert.Null(await reader.GetAsync(cast.General, cast.Member.Id, Cancellation));
            Assert.NotNull(await reader.GetAsync(cast.General, cast.Moderator.Id, Cancellation));
        }
    }

    [Fact]
    public async Task G4_events_of_a_loss_come_first_and_stand_in_every_queue_when_it_is_answered()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        await using var queue = await cast.ListenAsync(Events);
        var first = await cast.RevAsync() + 1;
        var role = await cast.MakeAsync("Helpers", Granted.ManageMessages);
        await cast.GiveAsync(cast.Member, role);
        await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{role}", new { permissions = Granted.KickMembers | Granted.ManageMessages, colour = 9 })).BodyAsync(HttpStatusCode.OK);
        await (await cast.Admin.Client.EditAsync($"{cast.Roles}/{role}", new { permissions = Granted.KickMembers })).BodyAsync(HttpStatusCode.OK);
        var order = await cast.OrderAsync();
        Guid[] reordered = [.. order[..2], order[3], order[2], order[4]];
        await (await cast.Owner.Client.EditAsync(cast.Roles, new { roles = reordered })).BodyAsync(HttpStatusCode.OK);
        (await cast.Admin.Client.RemoveAsync($"{cast.Roles}/{role}")).Dispose();

        var heard = await queue.TakeAsync(cast.Server);
        Assert.Equal(
            [
                ("RoleChanged", first), ("RolesReordered", first),
                ("RoleChanged", first + 1),
                ("AccessLost", first + 2), ("RoleChanged", first + 2),
                ("RolesReordered", first + 3),
                ("AccessLost", first + 4), ("RoleDeleted", first + 4), ("RolesReordered", first + 4),
            ],
            heard.Select(one => (one.Type, one.Body.GetProperty("rev").GetInt64())).OrderBy(one => one.Item2));
        Assert.Equal([role, role, role, role], heard.Where(one => one.Type.StartsWith("Role", StringComparison.Ordinal) && one.Type != "RolesReordered").Select(one => one.Body.GetProperty("role").GetGuid()));
        var changed = heard.FindAll(one => one.Type == "RoleChanged").ConvertAll(one => one.Body);
        Assert.Equal(("Helpers", 4L, 2), (changed[0].GetProperty("name").GetString(), changed[0].GetProperty("permissions").GetInt64(), changed[0].GetProperty("position").GetInt32()));
        Assert.Equal((20L, 9), (changed[1].GetProperty("permissions").GetInt64(), changed[1].GetProperty("colour").GetInt32()));
        Assert.All(heard.Where(one => one.Type == "AccessLost"), lost => Assert.Equal([cast.Member.Id], lost.Body.GetProperty("users").EnumerateArray().Select(user => user.GetGuid())));
        var orders = heard.FindAll(one => one.Type == "RolesReordered").ConvertAll(one => one.Body.GetProperty("roles").EnumerateArray().Select(id => id.GetGuid()).ToArray());
        Assert.Equal([.. reordered, cast.Role("owner")], orders[1]);
        Assert.Equal([.. reordered.Where(id => id != role), cast.Role("owner")], orders[2]);
    }

    [Fact]
    public async Task What_more_than_a_hundred_hold_is_said_to_be_lost_by_everybody()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        var role = await cast.MakeAsync("Crowd", Granted.ManageMessages);
        await Sql.ExecuteAsync(
            Deployment.Database,
            """
            with crowd as (
              insert into profiles (id, username, display_name, updated_at)
              select gen_random_uuid(), 'crowd-' || left($1::text, 8) || '-' || n, 'Crowd', now() from generate_series(1, 101) n returning id
            ), joined as (
              insert into members (server_id, user_id, joined_rev, joined_at) select $1, id, 1000 + row_number() over (), now() from crowd returning user_id
            )
            insert into member_roles (server_id, user_id, role_id) select $1, user_id, $2 from joined
            """,
            cast.Server,
            role);
        await using var queue = await cast.ListenAsync(Events);
        await (await cast.Owner.Client.EditAsync($"{cast.Roles}/{role}", new { permissions = 0 })).BodyAsync(HttpStatusCode.OK);

        var lost = Assert.Single(await queue.TakeAsync(cast.Server), one => one.Type == "AccessLost").Body;
        Assert.False(lost.TryGetProperty("users", out var users) && users.ValueKind != JsonValueKind.Null);
    }

    [Fact]
    public async Task The_last_administrator_may_be_taken_the_role_for_the_owner_is_always_there()
    {
        using var cast = await Community.AssembleAsync(Deployment);
        await (await cast.Owner.Client.EditAsync($"{cast.Roles}/{cast.Role("admin")}", new { permissions = 0 })).BodyAsync(HttpStatusCode.OK);
        await (await cast.Admin.Client.PostAsync(cast.Roles, null, new { name = "Mine" })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");

        // The owner may everything whatever roles say, and makes administrators again.
        await (await cast.Owner.Client.EditAsync($"{cast.Roles}/{cast.Role("admin")}", new { permissions = Granted.All })).BodyAsync(HttpStatusCode.OK);
        await (await cast.Admin.Client.PostAsync(cast.Roles, null, new { name = "Mine" })).BodyAsync(HttpStatusCode.Created);
    }

    /// <summary>Waits until Redis answers for the member, so that what follows is about what Redis holds.</summary>
    private Task KnownAsync(Community cast, Granted expected) =>
        Eventually.HoldsAsync("the model in Redis", async () =>
            (await ReadAsync(cast)).All(granted => (granted & expected) == expected)
            && await Deployment.Redis.AskAsync(store => store.HashGetAsync($"perm:s:{cast.Server}", "complete")) == "1");

    private async Task<Granted[]> ReadAsync(Community cast) =>
        [.. (await Task.WhenAll(Deployment.Readers.Select(reader => reader.GetAsync(cast.General, cast.Member.Id, Cancellation).AsTask()))).Select(access => access?.Granted ?? Granted.None)];
}
