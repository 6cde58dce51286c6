using Chat.Contracts;

namespace Chat.Servers.Tests;

public sealed class KickTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G4_when_a_kick_is_answered_no_replica_shows_any_right_and_who_was_kicked_may_come_back()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var admin = await crowd.JoinAsync("admin", replica: 1, crowd.Role("admin"));
        var bob = await crowd.JoinAsync();
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.True(seen?.HasFlag(Permissions.SendMessages)));

        await (await admin.Client.CallAsync(HttpMethod.Delete, crowd.Member(bob), reason: "rude%20words")).DoneAsync();

        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Null(seen));
        await bob.Client.RefusesAsync(crowd.Path, HttpStatusCode.NotFound, "server_not_found");
        await admin.Client.RefusesAsync(crowd.Member(bob), HttpStatusCode.NotFound, "member_not_found");
        Assert.Equal(2, await crowd.CountAsync());
        var line = Assert.Single(await crowd.AuditAsync("member.kicked"));
        Assert.Equal((admin.Id, bob.Id, "rude words"), (line.GetProperty("actor").GetGuid(), line.GetProperty("target").GetGuid(), line.Text("reason")));
        Assert.Equal([crowd.Role("member")], line.GetProperty("before").GetProperty("roles").Ids());
        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.NotNull(seen));
    }

    [Fact]
    public async Task Kicking_needs_the_permission_and_rank()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        foreach (var role in new[] { "guest", "member", "moderator" })
        {
            var actor = await crowd.JoinAsync(role, roles: crowd.Role(role));
            await (await actor.Client.CallAsync(HttpMethod.Delete, crowd.Member(bob))).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        }

        var (admin, equal) = (await crowd.JoinAsync("admin", roles: crowd.Role("admin")), await crowd.JoinAsync("admin", roles: crowd.Role("admin")));
        await (await admin.Client.CallAsync(HttpMethod.Delete, crowd.Member(equal))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await admin.Client.CallAsync(HttpMethod.Delete, crowd.Member(crowd.Owner))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await admin.Client.CallAsync(HttpMethod.Delete, crowd.Member(admin))).RefusedAsync(HttpStatusCode.Conflict, "use_leave");
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Member(crowd.Owner))).RefusedAsync(HttpStatusCode.Conflict, "use_leave");
        var stranger = await crowd.StrangerAsync();
        await (await stranger.Client.CallAsync(HttpMethod.Delete, crowd.Member(bob))).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        await (await admin.Client.CallAsync(HttpMethod.Delete, crowd.Member(stranger))).RefusedAsync(HttpStatusCode.NotFound, "member_not_found");
        Assert.Equal(7, await crowd.CountAsync());
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Member(admin))).DoneAsync();
    }

    [Fact]
    public async Task Custom_roles_rank_too()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (high, low) = (await crowd.MakeAsync("High", Permissions.KickMembers), await crowd.MakeAsync("Low", Permissions.KickMembers));
        var (above, below) = (await crowd.JoinAsync("above", roles: high), await crowd.JoinAsync("below", roles: low));
        var moderator = await crowd.JoinAsync("mod", roles: crowd.Role("moderator"));

        await (await below.Client.CallAsync(HttpMethod.Delete, crowd.Member(above))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await above.Client.CallAsync(HttpMethod.Delete, crowd.Member(moderator))).RefusedAsync(HttpStatusCode.Forbidden, "above_you");
        await (await above.Client.CallAsync(HttpMethod.Delete, crowd.Member(below))).DoneAsync();
    }

    [Fact]
    public async Task G2_a_kick_repeated_with_its_key_on_the_other_replica_answers_the_same_and_kicks_nobody_again()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        var owners = Deployment.ClientOf(crowd.Owner.Account, replica: 1);
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Member(bob), key: "kick")).DoneAsync();
        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);

        await (await owners.CallAsync(HttpMethod.Delete, crowd.Member(bob), key: "kick")).DoneAsync();

        Assert.Equal(2, await crowd.CountAsync());
        Assert.Single(await crowd.AuditAsync("member.kicked"));
        owners.Dispose();
    }

    [Fact]
    public async Task A_kick_and_a_leave_at_once_end_the_membership_once()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync(replica: 1);
        for (var round = 0; round < 5; round++)
        {
            var before = await crowd.RevAsync();
            var answers = await Task.WhenAll(crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Member(bob)), bob.Client.LeaveAsync(crowd.Server));

            Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.NoContent);
            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.NotFound }));
            Assert.Equal(before + 1, await crowd.RevAsync());
            Assert.Equal(1, await crowd.CountAsync());
            Assert.All(await crowd.SeenAsync(bob), seen => Assert.Null(seen));
            await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
        }
    }
}
