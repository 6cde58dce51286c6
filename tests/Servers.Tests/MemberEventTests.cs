using Chat.Contracts;

namespace Chat.Servers.Tests;

/// <summary>What other services hear of members, at the moment the request is answered.</summary>
public sealed class MemberEventTests(ServersFixture fixture)
{
    private static readonly string[] Types =
    [
        nameof(AccessLost), nameof(MemberRolesChanged), nameof(MemberRenamed), nameof(MemberTimedOut), nameof(MemberKicked), nameof(MemberBanned), nameof(MemberUnbanned),
    ];

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G4_whatever_takes_rights_from_a_member_stands_in_every_queue_when_it_is_answered()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        await using var queue = await crowd.ListenAsync(Types);
        var owner = crowd.Owner.Client;
        var until = DateTimeOffset.UtcNow.AddHours(1);

        await (await owner.CallAsync(HttpMethod.Patch, crowd.Member(bob), new { nickname = "Bo", roles = new[] { crowd.Role("guest") }, timeoutUntil = until })).BodyAsync(HttpStatusCode.OK);
        var heard = await TakeAsync();
        Assert.Equal(["AccessLost", "MemberRenamed", "MemberRolesChanged", "MemberTimedOut"], heard.Select(one => one.Type));
        Assert.Single(heard.Select(one => one.Body.GetProperty("rev").GetInt64()).Distinct());
        Assert.Equal([bob.Id], heard[0].Body.GetProperty("users").Ids());
        Assert.Equal("Bo", heard[1].Body.Text("nickname"));
        Assert.Equal([crowd.Role("guest")], heard[2].Body.GetProperty("roles").Ids());
        Assert.Equal(until.ToUnixTimeMilliseconds(), heard[3].Body.GetProperty("until").GetDateTimeOffset().ToUnixTimeMilliseconds());

        await (await owner.CallAsync(HttpMethod.Delete, crowd.Member(bob))).DoneAsync();
        heard = await TakeAsync();
        Assert.Equal(["AccessLost", "MemberKicked"], heard.Select(one => one.Type));
        Assert.Equal((bob.Id, crowd.Owner.Id), (heard[1].Body.GetProperty("user").GetGuid(), heard[1].Body.GetProperty("by").GetGuid()));

        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
        await (await owner.CallAsync(HttpMethod.Put, crowd.Ban(bob), new { deleteMessagesHours = 2 })).BodyAsync(HttpStatusCode.OK);
        heard = await TakeAsync();
        Assert.Equal(["AccessLost", "MemberBanned"], heard.Select(one => one.Type));
        Assert.Equal(TimeSpan.FromHours(2), heard[1].Body.GetProperty("at").GetDateTimeOffset() - heard[1].Body.GetProperty("deleteMessagesSince").GetDateTimeOffset());

        // Events of one revision have no order among themselves.
        async Task<List<(string Type, JsonElement Body)>> TakeAsync() => [.. (await queue.TakeAsync(crowd.Server)).OrderBy(one => one.Type, StringComparer.Ordinal)];
    }

    [Fact]
    public async Task What_gives_rights_is_no_loss_and_a_ban_of_somebody_who_is_no_member_is_none_either()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (bob, stranger) = (await crowd.JoinAsync(), await crowd.StrangerAsync());
        await using var queue = await crowd.ListenAsync(Types);
        var owner = crowd.Owner.Client;
        await (await owner.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{crowd.Role("moderator")}")).DoneAsync();
        await (await owner.CallAsync(HttpMethod.Put, crowd.Ban(stranger))).BodyAsync(HttpStatusCode.OK);
        await (await owner.CallAsync(HttpMethod.Delete, crowd.Ban(stranger))).DoneAsync();
        // Behind these; when it is there, they are.
        await (await owner.CallAsync(HttpMethod.Delete, crowd.Member(bob))).DoneAsync();

        var heard = (await queue.TakeAsync(crowd.Server)).ConvertAll(one => (one.Type, one.Body.GetProperty("rev").GetInt64()));
        var last = heard.Max(one => one.Item2);
        Assert.Equal([("MemberRolesChanged", last - 3), ("MemberBanned", last - 2), ("MemberUnbanned", last - 1)], heard.Where(one => one.Item2 < last));
    }

    [Fact]
    public async Task G4_a_role_that_a_channel_denies_takes_rights_by_being_given()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        var role = await crowd.MakeAsync("Muted", Permissions.None);
        await Sql.ExecuteAsync(
            Deployment.Database, "insert into channel_overrides (channel_id, target_id, of_role, allow, deny) values ($1, $2, true, 0, $3)", crowd.General, role, (long)Permissions.SendMessages);
        await Deployment.Redis.AskAsync(store => store.KeyDeleteAsync($"perm:s:{crowd.Server}"));
        await using var queue = await crowd.ListenAsync(Types);

        await (await crowd.Owner.Client.CallAsync(HttpMethod.Put, $"{crowd.Member(bob)}/roles/{role}")).DoneAsync();

        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Equal(Permissions.None, seen & Permissions.SendMessages));
        Assert.Equal(["AccessLost", "MemberRolesChanged"], (await queue.TakeAsync(crowd.Server)).Select(one => one.Type).Order(StringComparer.Ordinal));
    }
}
