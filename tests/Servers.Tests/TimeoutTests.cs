using Chat.Contracts;

namespace Chat.Servers.Tests;

public sealed class TimeoutTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G4_when_a_timeout_is_answered_no_replica_shows_more_than_reading_and_its_end_gives_the_rights_back_by_itself()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var moderator = await crowd.JoinAsync("mod", replica: 1, crowd.Role("moderator"));
        var bob = await crowd.JoinAsync();
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.True(seen?.HasFlag(Permissions.SendMessages)));
        var until = DateTimeOffset.UtcNow.AddHours(1);

        var member = await (await moderator.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { timeoutUntil = until }, reason: "calm")).BodyAsync(HttpStatusCode.OK);

        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Equal(Permissions.ViewChannel, seen));
        Assert.Equal(until.ToUnixTimeMilliseconds(), member.GetProperty("timedOutUntil").GetDateTimeOffset().ToUnixTimeMilliseconds());
        await (await bob.Client.CallAsync(HttpMethod.Patch, $"{crowd.Path}/members/@me", new { nickname = "X" })).RefusedAsync(HttpStatusCode.Forbidden, "missing_permission");
        await Eventually.HoldsAsync("a timeout that is not over when it is set", async () =>
        {
            until = DateTimeOffset.UtcNow.AddSeconds(2);
            using var shortened = await moderator.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { timeoutUntil = until });
            return shortened.StatusCode == HttpStatusCode.OK;
        });
        var rev = await crowd.RevAsync();
        await Eventually.HoldsAsync("the rights after the timeout", async () => (await crowd.SeenAsync(bob)).All(seen => seen?.HasFlag(Permissions.SendMessages) is true));
        Assert.True(DateTimeOffset.UtcNow >= until.AddMilliseconds(-1));
        Assert.False((await crowd.MemberAsync(bob)).TryGetProperty("timedOutUntil", out _));
        Assert.Equal(rev, await crowd.RevAsync());
        await Eventually.HoldsAsync("the cleaning", async () => (await Sql.ListAsync<Guid>(Deployment.Database, "select user_id from member_timeouts where user_id = $1", bob.Id)).Count == 0);
        var line = (await crowd.AuditAsync("member.timed_out"))[0];
        Assert.Equal((moderator.Id, bob.Id, "calm"), (line.GetProperty("actor").GetGuid(), line.GetProperty("target").GetGuid(), line.Text("reason")));
    }

    [Fact]
    public async Task A_timeout_is_lifted_and_leaving_and_coming_back_does_not_lift_it()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        await TimeOutAsync(crowd, bob, 1);
        await (await bob.Client.LeaveAsync(crowd.Server)).DoneAsync();
        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Equal(Permissions.ViewChannel, seen));
        Assert.True((await crowd.MemberAsync(bob)).TryGetProperty("timedOutUntil", out _));

        var rev = await crowd.RevAsync();
        for (var repeat = 0; repeat < 2; repeat++)
        {
            await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), """{"timeoutUntil":null}""")).BodyAsync(HttpStatusCode.OK);
        }

        Assert.All(await crowd.SeenAsync(bob), seen => Assert.True(seen?.HasFlag(Permissions.SendMessages)));
        Assert.Equal(rev + 1, await crowd.RevAsync());
        var line = Assert.Single(await crowd.AuditAsync("member.timeout_lifted"));
        Assert.True(line.GetProperty("before").TryGetProperty("timedOutUntil", out _));
    }

    [Fact]
    public async Task A_timeout_needs_the_right_and_rank_and_means_nothing_for_owner_and_administrators()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (bob, guest) = (await crowd.JoinAsync(), await crowd.JoinAsync("guest", roles: crowd.Role("guest")));
        var (moderator, equal) = (await crowd.JoinAsync("mod", roles: crowd.Role("moderator")), await crowd.JoinAsync("mod", roles: crowd.Role("moderator")));
        var (admin, stranger) = (await crowd.JoinAsync("admin", roles: crowd.Role("admin")), await crowd.StrangerAsync());

        await RefusedAsync(guest, bob, HttpStatusCode.Forbidden, "missing_permission");
        await RefusedAsync(bob, guest, HttpStatusCode.Forbidden, "missing_permission");
        await RefusedAsync(moderator, equal, HttpStatusCode.Forbidden, "above_you");
        await RefusedAsync(moderator, admin, HttpStatusCode.Forbidden, "above_you");
        await RefusedAsync(moderator, moderator, HttpStatusCode.Forbidden, "above_you");
        await RefusedAsync(admin, crowd.Owner, HttpStatusCode.Forbidden, "above_you");
        await RefusedAsync(crowd.Owner, crowd.Owner, HttpStatusCode.Conflict, "cannot_time_out");
        await RefusedAsync(crowd.Owner, admin, HttpStatusCode.Conflict, "cannot_time_out");
        await RefusedAsync(stranger, bob, HttpStatusCode.NotFound, "server_not_found");
        await RefusedAsync(moderator, stranger, HttpStatusCode.NotFound, "member_not_found");
        foreach (var (actor, target) in new[] { (moderator, bob), (admin, moderator) })
        {
            await (await actor.Client.CallAsync(HttpMethod.Patch, crowd.Member(target), new { timeoutUntil = DateTimeOffset.UtcNow.AddDays(27) })).BodyAsync(HttpStatusCode.OK);
        }

        await (await admin.Client.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { timeoutUntil = DateTimeOffset.UtcNow.AddDays(29) }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "timeoutUntil", "out_of_range");
        await RefusedAsync(moderator, bob, HttpStatusCode.Forbidden, "missing_permission");

        async Task RefusedAsync(Person actor, Person target, HttpStatusCode status, string code) =>
            await (await actor.Client.CallAsync(HttpMethod.Patch, crowd.Member(target), new { timeoutUntil = DateTimeOffset.UtcNow.AddHours(1) })).RefusedAsync(status, code);
    }

    [Fact]
    public async Task An_administrator_who_is_made_a_member_can_be_timed_out_in_the_same_breath()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var admin = await crowd.JoinAsync("admin", roles: crowd.Role("admin"));
        var until = DateTimeOffset.UtcNow.AddHours(1);
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(admin), new { roles = new[] { crowd.Role("member") }, timeoutUntil = until })).BodyAsync(HttpStatusCode.OK);
        Assert.All(await crowd.SeenAsync(admin), seen => Assert.Equal(Permissions.ViewChannel, seen));
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(admin), new { roles = new[] { crowd.Role("admin") }, timeoutUntil = until.AddHours(1) }))
            .RefusedAsync(HttpStatusCode.Conflict, "cannot_time_out");
        Assert.Equal([crowd.Role("member")], (await crowd.MemberAsync(admin)).GetProperty("roles").Ids());
    }

    private static async Task TimeOutAsync(Crowd crowd, Person target, int hours) =>
        await (await crowd.Owner.Client.CallAsync(HttpMethod.Patch, crowd.Member(target), new { timeoutUntil = DateTimeOffset.UtcNow.AddHours(hours) })).BodyAsync(HttpStatusCode.OK);
}
