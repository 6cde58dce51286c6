namespace Chat.Servers.Tests;

/// <summary>What other services hear, read from a queue of the test's own.</summary>
public sealed class EventTests(ServersFixture fixture)
{
    private static readonly string[] Events = ["ServerCreated", "ChannelCreated", "MemberJoined", "InviteChanged", "MemberLeft"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G4_the_event_of_a_leave_stands_in_every_queue_when_the_leave_is_answered()
    {
        var deployment = fixture.Deployment;
        var (ada, bob) = (await deployment.SignUpAsync("ada"), await deployment.SignUpAsync("bob"));
        using var owner = deployment.ClientOf(ada);
        using var client = deployment.ClientOf(bob, replica: 1);
        await using var queue = await EventQueue.OpenAsync(fixture.Stores.RabbitMq, Events);
        var server = await owner.CreateServerAsync("Heard");
        var code = await owner.InviteAsync(server.Id(), new { maxUses = 1 });
        await (await client.AcceptAsync(code)).BodyAsync(HttpStatusCode.OK);

        using var left = await client.LeaveAsync(server.Id());
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        var heard = await queue.TakeAsync(server.Id());

        // No waiting above: order within a server is the order of its revisions, and the leave is the last.
        Assert.Equal(
            [("ServerCreated", 1L), ("ChannelCreated", 1L), ("MemberJoined", 1L), ("InviteChanged", 2L), ("MemberJoined", 3L), ("InviteChanged", 3L), ("MemberLeft", 4L)],
            heard.Select(one => (one.Type, one.Body.GetProperty("rev").GetInt64())).OrderBy(one => one.Item2).ThenBy(one => Array.IndexOf(Events, one.Type)));
        Assert.Equal(bob.Id, heard.Single(one => one.Type == "MemberLeft").Body.GetProperty("user").GetGuid());
        Assert.Equal(server.General(), heard.Single(one => one.Type == "ChannelCreated").Body.GetProperty("channel").GetGuid());
        Assert.Equal([true, false], heard.Where(one => one.Type == "InviteChanged").OrderBy(one => one.Body.GetProperty("rev").GetInt64()).Select(one => one.Body.GetProperty("live").GetBoolean()));
    }

    [Fact]
    public async Task What_was_refused_is_not_announced()
    {
        var deployment = fixture.Deployment;
        using var owner = deployment.ClientOf(await deployment.SignUpAsync("ada"));
        await using var queue = await EventQueue.OpenAsync(fixture.Stores.RabbitMq, Events);
        var server = (await owner.CreateServerAsync()).Id();
        await (await owner.LeaveAsync(server)).RefusedAsync(HttpStatusCode.Conflict, "owner_cannot_leave");
        await (await owner.PostAsync($"/api/v1/servers/{server}/invites", null, new { maxUses = 0 })).RefusedAsync(HttpStatusCode.BadRequest, "validation_failed");
        using var withdrawn = await owner.DeleteAsync(new Uri($"/api/v1/servers/{server}/invites/AAAAAAAA", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, withdrawn.StatusCode);
        await owner.InviteAsync(server);

        var heard = new List<(string Type, long Rev)>();
        await Eventually.HoldsAsync("the invite's event", async () =>
        {
            heard.AddRange((await queue.TakeAsync(server)).Select(one => (one.Type, one.Body.GetProperty("rev").GetInt64())));
            return heard.Contains(("InviteChanged", 2));
        });
        Assert.Equal(4, heard.Count);
        Assert.Equal(2, heard.Max(one => one.Rev));
    }
}
