using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>What channels allow to single members ends with their membership; what they deny does not.</summary>
public sealed class PersonalAccessTests(ServersFixture fixture)
{
    private const long View = (long)Granted.ViewChannel;
    private const long Send = (long)Granted.SendMessages;

    private Deployment Deployment => fixture.Deployment;

    [Theory]
    [InlineData("leaves", "MemberLeft")]
    [InlineData("is kicked", "MemberKicked")]
    [InlineData("is banned and let in again", "MemberBanned")]
    [InlineData("was there for a while", "MemberLeft")]
    public async Task G4_who_comes_back_is_let_into_nothing_that_newcomers_do_not_see_when_somebody(string ends, string told)
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (bob, other) = (await crowd.JoinAsync(replica: 1), await crowd.JoinAsync("other"));
        var hidden = (await crowd.Owner.Client.SendAsync(HttpMethod.Post, $"{crowd.Path}/channels", new { name = "hidden", kind = "text", @private = true }, HttpStatusCode.Created)).Id();
        await OverrideAsync(crowd, hidden, bob, View, 0);
        await OverrideAsync(crowd, hidden, other, View, 0);
        await OverrideAsync(crowd, crowd.General, bob, (long)Granted.ManageMessages, Send);
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.True(seen?.HasFlag(Granted.ManageMessages)));
        await using var queue = await crowd.ListenAsync("ChannelOverrideChanged", told);
        var rev = await crowd.RevAsync();

        await EndAsync(crowd, bob, ends);

        Assert.Equal([other.Id], await TargetsAsync(crowd, hidden));
        Assert.Equal(hidden, (await other.Client.ReadAsync($"/api/v1/channels/{hidden}")).Id());
        var heard = new List<(string Type, JsonElement Body)>();
        await Eventually.HoldsAsync("the events", async () =>
        {
            heard.AddRange(await queue.TakeAsync(crowd.Server));
            return heard.Count >= 3;
        });
        Assert.All(heard, one => Assert.Equal(rev + 1, one.Body.GetProperty("rev").GetInt64()));
        Assert.Equal(
            ((IEnumerable<(Guid, long, long)>)[(hidden, 0, 0), (crowd.General, 0, Send)]).Order(),
            heard.Where(one => one.Type == "ChannelOverrideChanged").Select(one => one.Body)
                .Select(one => (one.GetProperty("channel").GetGuid(), one.GetProperty("allow").GetInt64(), one.GetProperty("deny").GetInt64())).Order());

        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
        await bob.Client.RefusesAsync($"/api/v1/channels/{hidden}", HttpStatusCode.NotFound, "channel_not_found");
        Assert.All(await crowd.SeenAsync(bob), seen => Assert.Equal(Granted.ViewChannel, seen & (Granted.ViewChannel | Granted.SendMessages | Granted.ManageMessages)));
    }

    [Fact]
    public async Task The_log_says_where_a_kicked_and_a_banned_member_had_been_let_in()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var (kicked, banned, plain) = (await crowd.JoinAsync("kicked"), await crowd.JoinAsync("banned"), await crowd.JoinAsync("plain"));
        await OverrideAsync(crowd, crowd.General, kicked, (long)Granted.ManageMessages, 0);
        await OverrideAsync(crowd, crowd.General, banned, (long)Granted.ManageMessages, 0);

        await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Member(kicked))).DoneAsync();
        await crowd.Owner.Client.SendAsync(HttpMethod.Post, $"{crowd.Path}/bans", new { users = new[] { banned.Id, plain.Id } }, HttpStatusCode.OK);

        Assert.Equal([crowd.General], Assert.Single(await crowd.AuditAsync("member.kicked")).GetProperty("before").GetProperty("allowedIn").Ids());
        var bans = (await crowd.AuditAsync("member.banned")).ToDictionary(line => line.GetProperty("target").GetGuid(), line => line.GetProperty("before"));
        Assert.Equal([crowd.General], bans[banned.Id].GetProperty("allowedIn").Ids());
        Assert.False(bans[plain.Id].TryGetProperty("allowedIn", out _));
        Assert.Empty(await TargetsAsync(crowd, crowd.General));
    }

    private async Task EndAsync(Crowd crowd, Person bob, string ends)
    {
        switch (ends)
        {
            case "leaves":
                using (var left = await bob.Client.LeaveAsync(crowd.Server))
                {
                    Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
                }

                break;
            case "is kicked":
                await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Member(bob))).DoneAsync();
                break;
            case "is banned and let in again":
                await crowd.Owner.Client.SendAsync(HttpMethod.Put, crowd.Ban(bob), new { }, HttpStatusCode.OK);
                await (await crowd.Owner.Client.CallAsync(HttpMethod.Delete, crowd.Ban(bob))).DoneAsync();
                break;
            default:
                await Sql.ExecuteAsync(Deployment.Database, "update members set ends_at = now() where server_id = $1 and user_id = $2", crowd.Server, bob.Id);
                await Eventually.HoldsAsync("the end of the membership", async () => await crowd.CountAsync() == 2);
                break;
        }
    }

    private static Task OverrideAsync(Crowd crowd, Guid channel, Person member, long allow, long deny) => crowd.Owner.Client.SendAsync(
        HttpMethod.Put, $"/api/v1/channels/{channel}/overrides/{member.Id}", new { kind = "member", allow, deny }, HttpStatusCode.OK);

    private static async Task<Guid[]> TargetsAsync(Crowd crowd, Guid channel) =>
        [.. (await crowd.Owner.Client.ReadAsync($"/api/v1/channels/{channel}/overrides")).GetProperty("items").EnumerateArray().Select(one => one.GetProperty("target").GetGuid())];
}
