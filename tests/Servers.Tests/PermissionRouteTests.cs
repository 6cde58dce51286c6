using Chat.Access;
using Granted = Chat.Contracts.Permissions;

namespace Chat.Servers.Tests;

public sealed class PermissionRouteTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task A_member_sees_what_they_may_do_in_a_channel_and_a_stranger_that_there_is_none()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var bob = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var server = await owner.CreateServerAsync();
        var path = $"/api/v1/channels/{server.General()}/permissions/@me";

        await bob.RefusesAsync(path, HttpStatusCode.NotFound, "channel_not_found");
        await bob.RefusesAsync($"/api/v1/channels/{Guid.CreateVersion7()}/permissions/@me", HttpStatusCode.NotFound, "channel_not_found");
        await (await bob.AcceptAsync(await owner.InviteAsync(server.Id()))).BodyAsync(HttpStatusCode.OK);

        var mine = await bob.ReadAsync(path);
        var granted = (Granted)mine.GetProperty("permissions").GetInt64();
        Assert.Equal((server.Id(), 3L), (mine.GetProperty("server").GetGuid(), mine.GetProperty("rev").GetInt64()));
        Assert.True(granted.HasFlag(Granted.ViewChannel | Granted.SendMessages | Granted.AttachFiles | Granted.AddReactions | Granted.CreateInvite));
        Assert.Equal(Granted.None, granted & (Granted.ManageMessages | Granted.ManageServer | Granted.KickMembers | Granted.Administrator));
        Assert.Equal((long)Granted.All, (await owner.ReadAsync(path)).GetProperty("permissions").GetInt64());
    }

    [Fact]
    public async Task Internal_routes_take_service_tokens_for_this_service_only()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        var server = await owner.CreateServerAsync();
        var path = $"/internal/channels/{server.General()}/permissions/{ada.Id}";
        using var service = Deployment.Replicas[0].CreateClient(Deployment.Identity.ServiceToken("servers"));
        using var elsewhere = Deployment.Replicas[0].CreateClient(Deployment.Identity.ServiceToken("messaging"));
        using var nobody = Deployment.Replicas[0].CreateClient();

        var answer = await service.ReadAsync(path);
        Assert.Equal((server.Id(), (long)Granted.All, 1L), (answer.GetProperty("server").GetGuid(), answer.GetProperty("permissions").GetInt64(), answer.GetProperty("rev").GetInt64()));
        await service.RefusesAsync($"/internal/channels/{Guid.CreateVersion7()}/permissions/{ada.Id}", HttpStatusCode.NotFound, "channel_not_found");
        await service.RefusesAsync($"/internal/channels/{server.General()}/permissions/{Guid.CreateVersion7()}", HttpStatusCode.NotFound, "channel_not_found");
        await owner.RefusesAsync(path, HttpStatusCode.Unauthorized, "unauthenticated");
        await elsewhere.RefusesAsync(path, HttpStatusCode.Unauthorized, "unauthenticated");
        await nobody.RefusesAsync(path, HttpStatusCode.Unauthorized, "unauthenticated");
        var tooMany = Enumerable.Range(0, ChannelPermissionsLimits.MaxChannels + 1).Select(_ => Guid.CreateVersion7());
        await (await service.PostAsync("/internal/channels/permissions", null, new { user = ada.Id, channels = tooMany }))
            .RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "channels", "too_many");
    }

    [Fact]
    public async Task Many_channels_are_looked_up_at_once_and_the_invisible_left_out()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        using var other = Deployment.ClientOf(await Deployment.SignUpAsync("bob"));
        var mine = new[] { await owner.CreateServerAsync(), await owner.CreateServerAsync() };
        var foreign = await other.CreateServerAsync();
        Guid[] channels = [.. mine.Select(Calls.General), foreign.General(), .. Enumerable.Range(0, 300).Select(_ => Guid.CreateVersion7())];

        // From servers the first time, from Redis once it holds them.
        for (var round = 0; round < 2; round++)
        {
            foreach (var reader in Deployment.Readers)
            {
                var visible = await reader.GetManyAsync(channels, ada.Id, Cancellation);
                Assert.Equal(mine.Select(Calls.General).Order(), visible.Keys.Order());
                Assert.All(mine, server => Assert.Equal(new ChannelAccess(server.Id(), Granted.All, 1), visible[server.General()]));
            }

            await Eventually.HoldsAsync("the models in Redis", async () =>
                (await Deployment.Redis.AskAsync(_ => PatientRedis.Reader(Deployment.Redis).ReadAsync(channels[..3], ada.Id, Cancellation))).All(answer => answer.Known));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () =>
            await Deployment.Readers[0].GetManyAsync([.. Enumerable.Range(0, 501).Select(_ => Guid.CreateVersion7())], ada.Id, Cancellation));
    }
}
