using Chat.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Servers.Tests;

public sealed class MemberTests(ServersFixture fixture)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Members_come_in_pages_in_the_order_they_joined()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        var server = (await owner.CreateServerAsync()).Id();
        var code = await owner.InviteAsync(server);
        var expected = new List<Guid> { ada.Id };
        for (var index = 0; index < 4; index++)
        {
            var person = await Deployment.SignUpAsync("crowd");
            using var client = Deployment.ClientOf(person);
            await (await client.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);
            expected.Add(person.Id);
        }

        var first = await owner.ReadAsync($"/api/v1/servers/{server}/members?limit=3");
        var second = await owner.ReadAsync($"/api/v1/servers/{server}/members?limit=3&cursor={first.GetProperty("next").GetString()}");

        Assert.False(second.TryGetProperty("next", out _));
        JsonElement[] members = [.. first.GetProperty("items").EnumerateArray(), .. second.GetProperty("items").EnumerateArray()];
        Assert.Equal(expected, members.Select(member => member.GetProperty("user").Id()));
        Assert.Equal((ada.Username, "ada"), (members[0].GetProperty("user").GetProperty("username").GetString(), members[0].GetProperty("user").GetProperty("displayName").GetString()));
        Assert.All(members, member => Assert.Equal(1, member.GetProperty("roles").GetArrayLength()));
    }

    [Fact]
    public async Task A_changed_profile_is_shown_and_an_older_event_does_not_bring_the_old_one_back()
    {
        var ada = await Deployment.SignUpAsync("ada");
        using var owner = Deployment.ClientOf(ada);
        var server = (await owner.CreateServerAsync()).Id();
        var bus = Deployment.Replicas[0].Services.GetRequiredService<IBus>();
        var now = DateTimeOffset.UtcNow.AddMinutes(1);
        using var heard = new Consumption<UserUpdated>(Deployment, updated => updated.User == ada.Id && updated.DisplayName == "Stale");

        await bus.Publish(new UserUpdated { User = ada.Id, Username = ada.Username, DisplayName = "Countess", At = now }, Cancellation);
        await Eventually.HoldsAsync("the new display name", async () => await NameAsync() == "Countess");

        for (var repeat = 0; repeat < 10; repeat++)
        {
            await bus.Publish(new UserUpdated { User = ada.Id, Username = ada.Username, DisplayName = "Stale", At = now.AddSeconds(-1) }, Cancellation);
        }

        await heard.ReachesAsync(10);
        Assert.Equal("Countess", await NameAsync());

        async Task<string?> NameAsync() =>
            (await owner.ReadAsync($"/api/v1/servers/{server}/members")).GetProperty("items")[0].GetProperty("user").GetProperty("displayName").GetString();
    }

    [Fact]
    public async Task The_owner_cannot_leave()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        var server = (await owner.CreateServerAsync()).Id();
        await (await owner.LeaveAsync(server)).RefusedAsync(HttpStatusCode.Conflict, "owner_cannot_leave");
        Assert.Equal(1, (await owner.ReadAsync($"/api/v1/servers/{server}")).GetProperty("rev").GetInt64());
    }

    [Fact]
    public async Task Who_left_is_a_stranger_and_may_come_back()
    {
        using var owner = Deployment.ClientOf(await Deployment.SignUpAsync("ada"));
        using var bob = Deployment.ClientOf(await Deployment.SignUpAsync("bob"), replica: 1);
        var server = (await owner.CreateServerAsync()).Id();
        var code = await owner.InviteAsync(server);
        await (await bob.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);

        using var left = await bob.LeaveAsync(server, "leaving");
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        await bob.RefusesAsync($"/api/v1/servers/{server}", HttpStatusCode.NotFound, "server_not_found");
        Assert.Empty((await bob.ReadAsync("/api/v1/servers")).GetProperty("items").EnumerateArray());
        await (await bob.LeaveAsync(server)).RefusedAsync(HttpStatusCode.NotFound, "server_not_found");
        using var again = await bob.LeaveAsync(server, "leaving");
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);

        var back = (await (await bob.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK)).GetProperty("server");
        Assert.Equal((5L, 2), (back.GetProperty("rev").GetInt64(), back.GetProperty("memberCount").GetInt32()));
    }
}
