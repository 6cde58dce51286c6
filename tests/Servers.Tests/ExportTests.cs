namespace Chat.Servers.Tests;

/// <summary>What servers tells identity of a person, for that person's export.</summary>
public sealed class ExportTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task An_export_has_the_memberships_in_the_order_of_joining_and_the_invites()
    {
        using var ada = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var bob = await Deployment.SignUpAsync("bob");
        using var client = Deployment.ClientOf(bob);
        var theirs = (await ada.CreateServerAsync("Théâtre \"un\"")).Id();
        await (await client.AcceptAsync(await ada.InviteAsync(theirs))).BodyAsync(HttpStatusCode.OK);
        var own = (await client.CreateServerAsync("Own")).Id();
        await (await client.CallAsync(HttpMethod.Patch, $"/api/v1/servers/{theirs}/members/@me", new { nickname = "Bobby" })).BodyAsync(HttpStatusCode.OK);
        var first = await client.InviteAsync(own, new { maxUses = 3 });
        var second = await client.InviteAsync(own);

        var export = await ExportAsync(bob.Id);

        Assert.Equal(bob.Id, export.GetProperty("user").GetGuid());
        var memberships = export.GetProperty("memberships").EnumerateArray().ToList();
        Assert.Equal([(theirs, "Théâtre \"un\"", false), (own, "Own", true)], memberships.Select(one => (one.GetProperty("server").GetGuid(), one.GetProperty("serverName").GetString() ?? "", one.GetProperty("owner").GetBoolean())));
        Assert.All(memberships, one => Assert.InRange(one.GetProperty("joinedAt").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1)));
        Assert.All(memberships, one => Assert.Equal(1, one.GetProperty("roles").GetArrayLength()));
        Assert.Equal(["Bobby", null], memberships.Select(one => one.Text("nickname")));
        var invites = export.GetProperty("invites").EnumerateArray().ToList();
        Assert.Equal([(first, own), (second, own)], invites.Select(one => (one.GetProperty("code").GetString() ?? "", one.GetProperty("server").GetGuid())));
        Assert.Equal(3, invites[0].GetProperty("maxUses").GetInt32());
        Assert.False(invites[1].TryGetProperty("maxUses", out _));
    }

    [Fact]
    public async Task Of_somebody_unknown_there_is_nothing()
    {
        var export = await ExportAsync(Guid.CreateVersion7());
        Assert.Empty(export.GetProperty("memberships").EnumerateArray());
        Assert.Empty(export.GetProperty("invites").EnumerateArray());
    }

    [Fact]
    public async Task Only_services_may_ask_and_only_for_an_id()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var person = Deployment.ClientOf(ada);
        await person.RefusesAsync($"/internal/users/{ada.Id}/export", HttpStatusCode.Unauthorized, "unauthenticated");
        using var nobody = Deployment.Replicas[0].CreateClient();
        await nobody.RefusesAsync($"/internal/users/{ada.Id}/export", HttpStatusCode.Unauthorized, "unauthenticated");
        using var misdirected = Deployment.Replicas[0].CreateClient(Deployment.Replicas[0].ServiceToken("messaging"));
        await misdirected.RefusesAsync($"/internal/users/{ada.Id}/export", HttpStatusCode.Unauthorized, "unauthenticated");
        using var service = Deployment.Replicas[0].CreateClient(Deployment.Replicas[0].ServiceToken("servers"));
        using var named = await service.GetAsync(new Uri("/internal/users/ada/export", UriKind.Relative), Cancellation);
        Assert.InRange((int)named.StatusCode, 400, 499);
    }

    private async Task<JsonElement> ExportAsync(Guid user)
    {
        using var service = Deployment.Replicas[0].CreateClient(Deployment.Replicas[0].ServiceToken("servers"));
        return await service.ReadAsync($"/internal/users/{user}/export");
    }
}
