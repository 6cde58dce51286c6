using Chat.Contracts;

namespace Chat.Servers.Tests;

/// <summary>Giving roles to members and taking them.</summary>
public sealed class MemberRoleTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G4_when_the_taking_of_a_role_is_answered_no_replica_shows_its_rights()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var admin = await crowd.JoinAsync("admin", replica: 1, crowd.Role("admin"));
        var bob = await crowd.JoinAsync();
        await (await admin.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{crowd.Role("moderator")}")).DoneAsync();
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.True(seen?.HasFlag(Permissions.ManageMessages)));

        await (await admin.Client.CallAsync(HttpMethod.Delete, $"{crowd.Member(bob)}/roles/{crowd.Role("moderator")}")).DoneAsync();
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Equal(Permissions.None, seen & Permissions.ManageMessages));
        await (await admin.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { roles = new[] { crowd.Role("guest") } })).BodyAsync(HttpStatusCode.OK);
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Equal(Permissions.None, seen & Permissions.SendMessages));

        var lines = await crowd.AuditAsync("member.roles_changed");
        Assert.Equal([crowd.Role("member")], lines[^1].GetProperty("before").GetProperty("roles").Ids());
        Assert.Equal([crowd.Role("guest")], lines[^1].GetProperty("after").GetProperty("roles").Ids());
        Assert.Equal(4, lines.Count);
    }

    [Fact]
    public async Task Giving_and_taking_twice_is_once_and_who_has_no_built_in_role_left_is_a_guest()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        var role = await crowd.MakeAsync("Painter", Permissions.None);
        foreach (var method in new[] { HttpMethod.Put, HttpMethod.Delete })
        {
            var before = await crowd.RevAsync();
            await (await crowd.Owner.Client.CallAsync(method, $"{crowd.Member(bob)}/roles/{role}")).DoneAsync();
            await (await crowd.Owner.Client.CallAsync(method, $"{crowd.Member(bob)}/roles/{role}")).DoneAsync();
            Assert.Equal(before + 1, await crowd.RevAsync());
            Assert.Equal(method == HttpMethod.Put, (await crowd.MemberAsync(bob)).GetProperty("roles").Ids().Contains(role));
        }

        foreach (var wanted in new[] { Array.Empty<Guid>(), [role] })
        {
            var edited = await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { roles = wanted })).BodyAsync(HttpStatusCode.OK);
            Assert.Equal([.. wanted.Append(crowd.Role("guest")).Order()], edited.GetProperty("roles").Ids());
        }

        await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, $"{crowd.Member(bob)}/roles/{crowd.Role("guest")}")).RefusedAsync(HttpStatusCode.Conflict, "last_role");
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Equal(Permissions.ViewChannel | Permissions.AddReactions | Permissions.Connect, seen));
    }

    [Fact]
    public async Task Roles_are_given_and_taken_only_by_who_has_the_right_and_stands_above_them()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        foreach (var role in new[] { "guest", "member", "moderator" })
        {
            var actor = await crowd.JoinAsync(role, roles: crowd.Role(role));
            await EveryWayAsync(actor, bob, crowd.Role("guest"), HttpStatusCode.Forbidden, "missing_permission");
        }

        var (admin, equal) = (await crowd.JoinAsync("admin", roles: crowd.Role("admin")), await crowd.JoinAsync("admin", roles: crowd.Role("admin")));
        await EveryWayAsync(admin, bob, crowd.Role("admin"), HttpStatusCode.Forbidden, "above_you");
        await EveryWayAsync(admin, bob, crowd.Role("owner"), HttpStatusCode.Forbidden, "above_you");
        await EveryWayAsync(admin, equal, crowd.Role("moderator"), HttpStatusCode.Forbidden, "above_you");
        await EveryWayAsync(admin, crowd.Owner, crowd.Role("moderator"), HttpStatusCode.Forbidden, "above_you");
        await EveryWayAsync(crowd.Owner, bob, crowd.Role("owner"), HttpStatusCode.Forbidden, "above_you");
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, $"{crowd.Member(crowd.Owner)}/roles/{crowd.Role("owner")}")).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await admin.Client.CallAsync(HttpMethod.Delete, $"{crowd.Member(admin)}/roles/{crowd.Role("admin")}")).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        var stranger = await crowd.StrangerAsync();
        await EveryWayAsync(stranger, bob, crowd.Role("guest"), HttpStatusCode.NotFound, "server_not_found");
        await EveryWayAsync(admin, stranger, crowd.Role("guest"), HttpStatusCode.NotFound, "member_not_found");
        await (await admin.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{Guid.CreateVersion7()}")).RefusedAsync(HttpStatusCode.NotFound, "role_not_found");
        Assert.Equal([crowd.Role("member")], (await crowd.MemberAsync(bob)).GetProperty("roles").Ids());

        async Task EveryWayAsync(Person actor, Person target, Guid role, HttpStatusCode status, string code)
        {
            await (await actor.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(target)}/roles/{role}")).RefusedAsync(status, code);
            await (await actor.Client.CallAsync(HttpMethod.Patch, crowd.Member(target), new { roles = new[] { crowd.Role("member"), role } })).RefusedAsync(status, code);
        }
    }

    [Fact]
    public async Task Between_custom_roles_rank_and_ones_own_rights_decide()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var keeper = await crowd.MakeAsync("Keeper", Permissions.ManageRoles | Permissions.ViewChannel);
        var (strong, plain) = (await crowd.MakeAsync("Strong", Permissions.BanMembers), await crowd.MakeAsync("Plain", Permissions.ViewChannel));
        var (actor, bob) = (await crowd.JoinAsync("keeper", roles: keeper), await crowd.JoinAsync());

        await (await actor.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{strong}")).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await actor.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{keeper}")).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await actor.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{plain}")).DoneAsync();
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{strong}")).DoneAsync();
        await (await actor.Client.CallAsync(HttpMethod.Delete, $"{crowd.Member(bob)}/roles/{strong}")).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await actor.Client.CallAsync(HttpMethod.Delete, $"{crowd.Member(bob)}/roles/{plain}")).DoneAsync();
        await (await actor.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(actor)}/roles/{plain}")).DoneAsync();
    }

    [Fact]
    public async Task Parallel_edits_of_different_roles_from_both_replicas_do_not_lose_each_other()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        using var other = Deployment.ClientOf(crowd.Owner.Account, replica: 1);
        var roles = new List<Guid>();
        for (var index = 0; index < 10; index++)
        {
            roles.Add(await crowd.MakeAsync($"Role {index}", Permissions.None));
        }

        var before = await crowd.RevAsync();
        foreach (var method in new[] { HttpMethod.Put, HttpMethod.Delete })
        {
            var answers = await Task.WhenAll(roles.Select((role, index) => (index % 2 == 0 ? crowd.Owner.Client : other).CallAsync(method, $"{crowd.Member(bob)}/roles/{role}")));
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode));
            Assert.Equal(method == HttpMethod.Put ? 11 : 1, (await crowd.MemberAsync(bob)).GetProperty("roles").GetArrayLength());
        }

        Assert.Equal(before + 20, await crowd.RevAsync());
    }

    [Fact]
    public async Task A_role_that_is_deleted_while_it_is_given_is_held_by_nobody()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        using var other = Deployment.ClientOf(crowd.Owner.Account, replica: 1);
        for (var round = 0; round < 5; round++)
        {
            var role = await crowd.MakeAsync("Brief", Permissions.ManageMessages);
            var (given, deleted) = (
                crowd.Owner.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{role}"),
                other.CallAsync(HttpMethod.Delete, $"{crowd.Path}/roles/{role}"));

            await (await deleted).DoneAsync();
            Assert.Contains((await given).StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.NotFound });
            Assert.Equal([crowd.Role("member")], (await crowd.MemberAsync(bob)).GetProperty("roles").Ids());
            Assert.All(await crowd.SeenAsync(bob), seen => Assert.Equal(Permissions.None, seen & Permissions.ManageMessages));
        }
    }

    [Fact]
    public async Task G2_an_edit_of_several_things_is_one_revision_and_its_repetition_on_the_other_replica_is_none()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        using var other = Deployment.ClientOf(crowd.Owner.Account, replica: 1);
        var before = await crowd.RevAsync();
        var edit = new { nickname = "Bo", roles = new[] { crowd.Role("moderator") }, timeoutUntil = DateTimeOffset.UtcNow.AddHours(1) };

        var first = await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), edit, key: "all")).BodyAsync(HttpStatusCode.OK);
        var second = await (await other.CallAsync(HttpMethod.Patch, crowd.Member(bob), edit, key: "all")).BodyAsync(HttpStatusCode.OK);

        Assert.Equal(first.GetRawText(), second.GetRawText());
        Assert.Equal(("Bo", before + 1), (first.Text("nickname"), await crowd.RevAsync()));
        foreach (var action in new[] { "member.renamed", "member.roles_changed", "member.timed_out" })
        {
            Assert.Single(await crowd.AuditAsync(action));
        }

        await (await other.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { nickname = "Other" }, key: "all")).RefusedAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task In_an_archived_server_nobody_is_edited_but_kicked_and_banned()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (bob, eve) = (await crowd.JoinAsync(), await crowd.JoinAsync("eve"));
        var leaver = await crowd.JoinAsync("leaver");
        await Sql.ExecuteAsync(Deployment.Database, "update servers set archived_at = now() where id = $1", crowd.Server);
        await Deployment.Redis.AskAsync(store => store.KeyDeleteAsync($"perm:s:{crowd.Server}"));

        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { nickname = "X" })).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        await (await bob.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { nickname = "X" })).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{crowd.Role("guest")}")).RefusedAsync(HttpStatusCode.Conflict, "server_archived");
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Member(bob))).DoneAsync();
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, crowd.Ban(eve))).BodyAsync(HttpStatusCode.OK);
        await (await leaver.Client.LeaveAsync(crowd.Server)).DoneAsync();
        Assert.Equal(1, await crowd.CountAsync());
    }
}
