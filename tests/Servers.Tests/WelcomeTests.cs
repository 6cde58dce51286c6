namespace Chat.Servers.Tests;

/// <summary>What events say for messaging to write into channels.</summary>
public sealed class WelcomeTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task Whoever_joins_is_to_be_greeted_in_the_first_text_channel_of_the_list_that_is_not_private()
    {
        await using var queue = await EventQueue.OpenAsync(fixture.Stores.RabbitMq, "MemberJoined");
        using var crowd = await Crowd.FoundAsync(Deployment);
        Assert.Equal(crowd.General, await NextAsync(queue, crowd));

        // In the first category, in the second, and without one.
        var (lower, upper) = (await CategoryAsync(crowd, "Upper"), await CategoryAsync(crowd, "Lower"));
        var (inLower, inUpper, without) = (await ChannelAsync(crowd, "text", lower), await ChannelAsync(crowd, "text", upper), await ChannelAsync(crowd, "text", null));
        await OrderAsync(crowd, new { categories = (Guid[])[upper, lower], channels = Places(without, crowd.General) });
        Assert.Equal(without, await JoinAsync(queue, crowd));
        await EditAsync(crowd, without, new { @private = true });
        Assert.Equal(crowd.General, await JoinAsync(queue, crowd));
        await (await crowd.Owner.Client.RemoveAsync($"/api/v1/channels/{crowd.General}")).DoneAsync();
        Assert.Equal(inUpper, await JoinAsync(queue, crowd));
        await EditAsync(crowd, inUpper, new { @private = true });
        Assert.Equal(inLower, await JoinAsync(queue, crowd));

        await EditAsync(crowd, inLower, new { @private = true });
        await ChannelAsync(crowd, "voice", null);
        await ChannelAsync(crowd, "announcement", null);
        Assert.Null(await JoinAsync(queue, crowd));
    }

    [Fact]
    public async Task A_channels_change_says_who_made_it_and_a_new_name_what_it_was_before()
    {
        await using var queue = await EventQueue.OpenAsync(fixture.Stores.RabbitMq, "ChannelUpdated");
        using var crowd = await Crowd.FoundAsync(Deployment);
        var moderator = await crowd.JoinAsync("mo", replica: 1, crowd.Role("moderator"));
        await EditAsync(crowd, crowd.General, new { name = "lobby", topic = "Hello" });
        await (await moderator.Client.EditAsync($"/api/v1/channels/{crowd.General}", new { topic = "Goodbye", name = "lobby" })).BodyAsync(HttpStatusCode.OK);
        var heard = new List<JsonElement>();
        await Eventually.HoldsAsync("both events", async () =>
        {
            heard.AddRange((await queue.TakeAsync(crowd.Server)).Select(one => one.Body));
            return heard.Count == 2;
        });
        Assert.Equal([("general", crowd.Owner.Id), (null, moderator.Id)], heard.Select(body => (body.Text("previousName"), body.GetProperty("by").GetGuid())));
    }

    [Fact]
    public void Events_of_before_are_read_as_saying_nothing_of_it()
    {
        var (server, at) = (Guid.CreateVersion7(), DateTimeOffset.UtcNow);
        var joined = Read<Contracts.MemberJoined>(new { server, rev = 1, user = server, at });
        Assert.Equal((server, null), (joined.User, joined.WelcomeChannel));
        var updated = Read<Contracts.ChannelUpdated>(new { server, rev = 1, channel = server, name = "general", slowMode = 0, @private = false, at });
        Assert.Equal(("general", null, null), (updated.Name, updated.PreviousName, updated.By));

        static T Read<T>(object written) => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(written, ServiceDefaults.Json.JsonDefaults.Options), ServiceDefaults.Json.JsonDefaults.Options)
            ?? throw new InvalidOperationException("It is null.");
    }

    private static object[] Places(params Guid[] channels) => [.. channels.Select(id => new { id })];

    private static async Task<Guid?> JoinAsync(EventQueue queue, Crowd crowd)
    {
        await crowd.JoinAsync();
        return await NextAsync(queue, crowd);
    }

    private static async Task<Guid?> NextAsync(EventQueue queue, Crowd crowd)
    {
        List<(string Type, JsonElement Body)> heard = [];
        await Eventually.HoldsAsync("the event", async () => (heard = await queue.TakeAsync(crowd.Server)).Count > 0);
        return Assert.Single(heard).Body.TryGetProperty("welcomeChannel", out var channel) ? channel.GetGuid() : null;
    }

    private static async Task<Guid> CategoryAsync(Crowd crowd, string name) =>
        (await (await crowd.Owner.Client.PostAsync($"{crowd.Path}/categories", null, new { name })).BodyAsync(HttpStatusCode.Created)).Id();

    private static async Task<Guid> ChannelAsync(Crowd crowd, string kind, Guid? category) =>
        (await (await crowd.Owner.Client.PostAsync($"{crowd.Path}/channels", null, new { name = "another", kind, category })).BodyAsync(HttpStatusCode.Created)).Id();

    private static async Task OrderAsync(Crowd crowd, object order) => await (await crowd.Owner.Client.EditAsync($"{crowd.Path}/channels", order)).DoneAsync();

    private static async Task EditAsync(Crowd crowd, Guid channel, object change) =>
        await (await crowd.Owner.Client.EditAsync($"/api/v1/channels/{channel}", change)).BodyAsync(HttpStatusCode.OK);
}
