using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

/// <summary>Once a change of a channel that takes rights away is answered, every reader of permissions says so.</summary>
public sealed class ChannelRevocationTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task G4_a_channel_that_went_private_is_seen_by_nobody_of_before_and_by_those_let_in_again()
    {
        using var community = await CrowdAsync();
        var path = $"/api/v1/channels/{community.General}";

        await G4Async(community, "member", () => community.As("admin").SendAsync(HttpMethod.Patch, path, new { @private = true }, HttpStatusCode.OK), Granted.ViewChannel);

        Assert.Null(await SeenAsync(community, "moderator"));
        Assert.Equal(Granted.All, await SeenAsync(community, "admin"));
        await community.As("member").RefusesAsync(path, HttpStatusCode.NotFound, "channel_not_found");
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/overrides/{community.Of("member").Id}", new { kind = "member", allow = (long)Granted.ViewChannel }, HttpStatusCode.OK);
        Assert.True(await SeenAsync(community, "member") is { } granted && granted.HasFlag(Granted.SendMessages));
        await community.Owner.Client.SendAsync(HttpMethod.Patch, path, new { @private = false }, HttpStatusCode.OK);
        Assert.True(await SeenAsync(community, "moderator") is { } back && back.HasFlag(Granted.ViewChannel));
    }

    [Fact]
    public async Task G4_who_makes_a_channel_private_without_being_administrator_still_sees_it()
    {
        using var community = await CrowdAsync();
        await community.CustomRoleAsync(Granted.ManageRoles, community.Of("moderator").Id);

        var hidden = await community.As("moderator").SendAsync(HttpMethod.Patch, $"/api/v1/channels/{community.General}", new { @private = true }, HttpStatusCode.OK);

        Assert.True(((Granted)hidden.GetProperty("permissions").GetInt64()).HasFlag(Granted.ViewChannel));
        Assert.Equal(community.General, (await community.As("moderator").ReadAsync($"/api/v1/channels/{community.General}")).Id());
        await community.As("member").RefusesAsync($"/api/v1/channels/{community.General}", HttpStatusCode.NotFound, "channel_not_found");
        Assert.Null(await SeenAsync(community, "member"));
    }

    [Fact]
    public async Task G4_a_denial_by_role_counts_when_it_is_answered()
    {
        using var community = await CrowdAsync();
        var role = community.Role("member");
        await G4Async(
            community,
            "member",
            () => community.As("admin").SendAsync(
                HttpMethod.Put, $"/api/v1/channels/{community.General}/overrides/{role}", new { kind = "role", deny = (long)Granted.SendMessages }, HttpStatusCode.OK),
            Granted.SendMessages);
        Assert.True(await SeenAsync(community, "moderator") is { } other && other.HasFlag(Granted.SendMessages));
    }

    [Fact]
    public async Task G4_a_denial_by_member_counts_when_it_is_answered()
    {
        using var community = await CrowdAsync();
        await G4Async(
            community,
            "member",
            () => community.As("admin").SendAsync(
                HttpMethod.Put,
                $"/api/v1/channels/{community.General}/overrides/{community.Of("member").Id}",
                new { kind = "member", deny = (long)Granted.ViewChannel },
                HttpStatusCode.OK),
            Granted.ViewChannel);
    }

    [Fact]
    public async Task G4_an_allowance_that_is_removed_counts_no_more_when_that_is_answered()
    {
        using var community = await CrowdAsync();
        var path = $"/api/v1/channels/{community.General}/overrides/{community.Of("member").Id}";
        await community.Owner.Client.SendAsync(HttpMethod.Put, path, new { kind = "member", allow = (long)Granted.ManageMessages }, HttpStatusCode.OK);
        await G4Async(community, "member", () => community.Owner.Client.SendAsync(HttpMethod.Delete, path, null, HttpStatusCode.NoContent), Granted.ManageMessages);
    }

    [Fact]
    public async Task G4_a_deleted_channel_is_gone_for_every_reader_when_that_is_answered()
    {
        using var community = await CrowdAsync();
        await G4Async(
            community, "member", () => community.As("admin").SendAsync(HttpMethod.Delete, $"/api/v1/channels/{community.General}", null, HttpStatusCode.NoContent), Granted.ViewChannel);
        Assert.Null(await SeenAsync(community, "owner"));
    }

    [Fact]
    public async Task G4_only_what_takes_rights_away_is_announced_as_a_loss_and_for_whom()
    {
        using var community = await CrowdAsync();
        await using var queue = await community.ListenAsync("AccessLost");
        var (path, member, role) = ($"/api/v1/channels/{community.General}", community.Of("member").Id, community.Role("guest"));
        var rev = await community.RevAsync();
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/overrides/{member}", new { kind = "member", allow = 4, deny = 2 }, HttpStatusCode.OK);
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/overrides/{member}", new { kind = "member", allow = 4 }, HttpStatusCode.OK);
        await community.Owner.Client.SendAsync(HttpMethod.Put, $"{path}/overrides/{role}", new { kind = "role", deny = 2 }, HttpStatusCode.OK);
        await community.Owner.Client.SendAsync(HttpMethod.Delete, $"{path}/overrides/{role}", null, HttpStatusCode.NoContent);
        await community.Owner.Client.SendAsync(HttpMethod.Patch, path, new { name = "a", slowMode = 5 }, HttpStatusCode.OK);
        await community.Owner.Client.SendAsync(HttpMethod.Patch, path, new { @private = true }, HttpStatusCode.OK);
        await community.Owner.Client.SendAsync(HttpMethod.Patch, path, new { @private = false }, HttpStatusCode.OK);
        await community.Owner.Client.SendAsync(HttpMethod.Delete, path, null, HttpStatusCode.NoContent);

        var lost = (await queue.TakeAsync(community.Server)).Select(one => one.Body).OrderBy(one => one.GetProperty("rev").GetInt64()).ToList();
        Assert.Equal([rev + 1, rev + 3, rev + 6, rev + 8], lost.Select(one => one.GetProperty("rev").GetInt64()));
        Assert.All(lost, one => Assert.Equal(community.General, one.GetProperty("channel").GetGuid()));
        Assert.Equal(member, lost[0].GetProperty("users").EnumerateArray().Single().GetGuid());
        Assert.All(lost[1..], one => Assert.False(one.TryGetProperty("users", out _)));
    }

    private Task<Community> CrowdAsync() => Community.FoundAsync(Deployment, "admin", "moderator", "member");

    /// <summary>Fifty readers ask all the while; none that begins after the answer sees what was lost.</summary>
    private async Task G4Async(Community community, string role, Func<Task> act, Granted lost)
    {
        var user = community.Of(role).Id;
        foreach (var reader in Deployment.Readers)
        {
            Assert.True((await reader.GetAsync(community.General, user, Cancellation))?.Allows(lost));
        }

        await RacingReaders.RaceAsync(
            "granted what was lost", async index => (await Deployment.Readers[index % 2].GetAsync(community.General, user, Cancellation))?.Allows(lost) is true, act);
    }

    private async Task<Granted?> SeenAsync(Community community, string role) =>
        (await Deployment.Readers[1].GetAsync(community.General, community.Of(role).Id, Cancellation))?.Granted;
}
