namespace Chat.Servers.Tests;

/// <summary>Who is in a server together.</summary>
public sealed class SharedServersTests(ServersFixture fixture) : IAsyncDisposable
{
    private readonly PeopleService _service = new(fixture.Deployment);

    private Deployment Deployment => fixture.Deployment;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task G4_people_share_a_server_from_the_second_ones_joining_until_the_first_ones_leaving()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        using var other = await Crowd.FoundAsync(Deployment);
        var (bob, cat) = (await crowd.StrangerAsync("bob"), await crowd.JoinAsync("cat"));
        Assert.Empty(await _service.SharedAsync(bob.Id, cat.Id, crowd.Owner.Id, Guid.CreateVersion7()));
        await (await bob.Client.AcceptAsync(crowd.Code)).BodyAsync(HttpStatusCode.OK);
        Assert.Equivalent((Guid[])[cat.Id, crowd.Owner.Id], await _service.SharedAsync(bob.Id, cat.Id, crowd.Owner.Id, other.Owner.Id, Guid.CreateVersion7()), strict: true);
        Assert.Equal([bob.Id], await _service.SharedAsync(cat.Id, bob.Id, bob.Id, other.Owner.Id));

        // One of two servers is enough.
        await (await bob.Client.AcceptAsync(other.Code)).BodyAsync(HttpStatusCode.OK);
        await (await cat.Client.AcceptAsync(other.Code)).BodyAsync(HttpStatusCode.OK);
        await (await bob.Client.LeaveAsync(crowd.Server)).DoneAsync();
        Assert.Equivalent((Guid[])[cat.Id, other.Owner.Id], await _service.SharedAsync(bob.Id, cat.Id, crowd.Owner.Id, other.Owner.Id), strict: true);
        await (await other.Owner.Client.RemoveAsync(other.Member(bob))).DoneAsync();
        Assert.Empty(await _service.SharedAsync(bob.Id, cat.Id, crowd.Owner.Id, other.Owner.Id, bob.Id));
        Assert.Empty(await _service.SharedAsync(cat.Id, bob.Id));
    }

    [Fact]
    public async Task At_most_a_hundred_are_asked_about_and_only_by_services()
    {
        using var crowd = await Crowd.FoundAsync(Deployment);
        var bob = await crowd.JoinAsync();
        Guid[] strangers = [.. Enumerable.Range(0, 99).Select(_ => Guid.CreateVersion7())];
        Guid[] more = [.. strangers, bob.Id, Guid.CreateVersion7()];
        Assert.Equal([bob.Id], await _service.SharedAsync(crowd.Owner.Id, [.. strangers, bob.Id, bob.Id, strangers[0]]));
        Assert.Empty(await _service.SharedAsync(crowd.Owner.Id));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("others", async () => await _service.SharedAsync(crowd.Owner.Id, more));

        var path = $"/internal/users/{crowd.Owner.Id}/shared-servers";
        using var service = Deployment.Replicas[1].CreateClient(Deployment.Identity.ServiceToken("servers"));
        var answer = await (await service.PostAsync(path, null, new { users = (Guid[])[strangers[0], bob.Id, strangers[0]] })).BodyAsync(HttpStatusCode.OK);
        Assert.Equal(
            [(strangers[0], false), (bob.Id, true)],
            answer.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("user").GetGuid(), item.GetProperty("shared").GetBoolean())));
        Assert.Empty((await (await service.PostAsync(path, null, new { users = Array.Empty<Guid>() })).BodyAsync(HttpStatusCode.OK)).GetProperty("items").EnumerateArray());
        await (await service.PostAsync(path, null, new { users = more })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed", "users", "too_many");
        foreach (var unfit in (string[])["{}", "{\"users\":null}", "{\"users\":[null]}", "{\"users\":[1]}", "{\"users\":\"x\"}", "[]", "null"])
        {
            await (await service.PostAsync(path, null, unfit)).RefusedAsync(HttpStatusCode.BadRequest, "malformed_request");
        }

        await (await crowd.Owner.Client.PostAsync(path, null, new { users = strangers })).RefusedAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }
}
