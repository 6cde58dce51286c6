namespace Chat.Servers.Tests;

public sealed class ChannelOrderTests(ServersFixture fixture)
{
    private Deployment Deployment => fixture.Deployment;

    [Fact]
    public async Task One_request_moves_many_and_what_it_does_not_name_follows_in_its_order()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator");
        var (moderator, categories, channels) = await FurnishAsync(community);
        await using var queue = await community.ListenAsync("ChannelsReordered");
        var rev = await community.RevAsync();

        // c and b go first outside, a moves under the second heading, which comes first; general and d are not named.
        await ReorderAsync(moderator, community, new
        {
            channels = new object[] { new { id = channels[2] }, new { id = channels[1], category = (Guid?)null }, new { id = channels[0], category = categories[1] } },
            categories = new[] { categories[1] },
        });

        var now = await community.ReadAsync();
        Assert.Equal([channels[2], channels[1], community.General, channels[3], channels[0]], Ids(now, "channels"));
        Assert.Equal([0, 1, 2, 3, 0], Positions(now, "channels"));
        Assert.Equal([categories[1], categories[0]], Ids(now, "categories"));
        Assert.Equal(rev + 1, now.GetProperty("rev").GetInt64());
        var heard = new List<JsonElement>();
        await Eventually.HoldsAsync("the event of the order", async () =>
        {
            heard.AddRange((await queue.TakeAsync(community.Server)).Select(one => one.Body));
            return heard.Count > 0;
        });
        Assert.Equal((rev + 1, 1), (heard[0].GetProperty("rev").GetInt64(), heard.Count));
        Assert.Equal(Ids(now, "channels"), heard[0].GetProperty("channels").EnumerateArray().Select(place => place.GetProperty("channel").GetGuid()));
        Assert.Equal(categories[1], heard[0].GetProperty("channels")[4].GetProperty("category").GetGuid());
        Assert.Equal(Ids(now, "categories"), heard[0].GetProperty("categories").EnumerateArray().Select(id => id.GetGuid()));
        Assert.Equal([5], await Sql.ListAsync<int>(
            Deployment.Database, "select jsonb_array_length(after -> 'channels') from audit_log where server_id = $1 and action = 'channel.reordered'", community.Server));

        // The same once more changes nothing, nor does a request that names nothing.
        await ReorderAsync(moderator, community, new { channels = new[] { new { id = channels[2] }, new { id = channels[1] } }, categories = new[] { categories[1], categories[0] } });
        await ReorderAsync(moderator, community, new { });
        Assert.Equal(rev + 1, await community.RevAsync());
    }

    [Fact]
    public async Task Channels_that_a_manager_does_not_see_keep_their_order_behind_those_named()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator");
        var (moderator, _, channels) = await FurnishAsync(community);
        await community.Owner.Client.SendAsync(HttpMethod.Patch, $"/api/v1/channels/{community.General}", new { @private = true }, HttpStatusCode.OK);
        Assert.DoesNotContain(community.General, Ids(await moderator.ReadAsync($"/api/v1/servers/{community.Server}"), "channels"));

        await ReorderAsync(moderator, community, new { channels = channels.Reverse().Select(id => new { id }) });

        Assert.Equal((Guid[])[.. channels.Reverse(), community.General], Ids(await community.ReadAsync(), "channels"));
    }

    [Fact]
    public async Task An_order_that_cannot_be_is_refused_by_field_and_changes_nothing()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator");
        var (moderator, categories, channels) = await FurnishAsync(community);
        var foreign = await community.Owner.Client.CreateServerAsync();
        var before = (await community.ReadAsync()).GetRawText();
        var any = Guid.CreateVersion7();

        await Refuse("""{"channels":[{}]}""", "channels[0].id", "required");
        await Refuse("""{"channels":[null]}""", "channels[0].id", "required");
        await Refuse($$"""{"channels":[{"id":"{{channels[0]}}"},{"id":"{{channels[0]}}"}]}""", "channels[1].id", "duplicate");
        await Refuse($$"""{"channels":[{"id":"{{channels[1]}}"},{"id":"{{any}}"}]}""", "channels[1].id", "not_found");
        await Refuse($$"""{"channels":[{"id":"{{foreign.General()}}"}]}""", "channels[0].id", "not_found");
        await Refuse($$"""{"channels":[{"id":"{{channels[1]}}","category":"{{any}}"}]}""", "channels[0].category", "not_found");
        await Refuse($$"""{"categories":["{{categories[0]}}","{{categories[0]}}"]}""", "categories[1]", "duplicate");
        await Refuse($$"""{"categories":["{{categories[1]}}","{{any}}"]}""", "categories[1]", "not_found");
        await Refuse($$"""{"channels":[{{string.Join(',', Enumerable.Range(0, 501).Select(_ => $$"""{"id":"{{Guid.CreateVersion7()}}"}"""))}}]}""", "channels", "too_many");
        await Refuse($$"""{"categories":[{{string.Join(',', Enumerable.Range(0, 51).Select(_ => $"\"{Guid.CreateVersion7()}\""))}}]}""", "categories", "too_many");
        await Refuse("""{"channels":{}}""", null, null);
        await Refuse("""{"channels":["general"]}""", null, null);
        await Refuse("""{"channels":[{"id":5}]}""", null, null);
        await Refuse("""{"channels":[{"id":"x"}]}""", null, null);
        await Refuse("""{"categories":[null]}""", null, null);
        await Refuse("null", null, null);

        Assert.Equal(before, (await community.ReadAsync()).GetRawText());

        async Task Refuse(string body, string? field, string? fieldCode)
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            await (await moderator.PatchAsync(new Uri(Path(community), UriKind.Relative), content, TestContext.Current.CancellationToken))
                .RefusedAsync(HttpStatusCode.BadRequest, field is null ? "malformed_request" : "validation_failed", field, fieldCode);
        }
    }

    [Fact]
    public async Task Of_orders_that_are_asked_for_at_once_one_stands_whole()
    {
        using var community = await Community.FoundAsync(Deployment, "moderator", "admin");
        var (_, _, channels) = await FurnishAsync(community);
        Guid[] all = [community.General, .. channels];
        Guid[][] wanted = [.. Enumerable.Range(0, 20).Select(seed =>
        {
            Guid[] order = [.. all];
            new Random(seed).Shuffle(order);
            return order;
        })];

        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(wanted.Select((order, index) =>
                ReorderAsync(community.As(index % 2 == 0 ? "moderator" : "admin"), community, new { channels = order.Select(id => new { id, category = (Guid?)null }) })));
            var now = await community.ReadAsync();
            Assert.Contains(wanted, order => order.SequenceEqual(Ids(now, "channels")));
            Assert.Equal(Enumerable.Range(0, all.Length), Positions(now, "channels"));
        }
    }

    [Fact]
    public async Task Five_hundred_channels_are_put_in_order_by_one_request()
    {
        using var community = await Community.FoundAsync(Deployment);
        await Sql.ExecuteAsync(
            Deployment.Database,
            "insert into channels (id, server_id, name, kind, position) select gen_random_uuid(), $1, 'Seed', 'text', n from generate_series(1, 499) n",
            community.Server);
        Guid[] wanted = [.. Ids(await community.ReadAsync(), "channels").Reverse()];

        await ReorderAsync(community.Owner.Client, community, new { channels = wanted.Select(id => new { id }) });

        Assert.Equal(wanted, Ids(await community.ReadAsync(), "channels"));
    }

    /// <summary>Two categories and the channels a to d, none of them in one.</summary>
    private static async Task<(HttpClient Moderator, Guid[] Categories, Guid[] Channels)> FurnishAsync(Community community)
    {
        var moderator = community.As("moderator");
        var (categories, channels) = (new List<Guid>(), new List<Guid>());
        foreach (var name in (string[])["One", "Two"])
        {
            categories.Add((await moderator.SendAsync(HttpMethod.Post, $"/api/v1/servers/{community.Server}/categories", new { name }, HttpStatusCode.Created)).Id());
        }

        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            channels.Add((await moderator.SendAsync(HttpMethod.Post, Path(community), new { name, kind = "text" }, HttpStatusCode.Created)).Id());
        }

        return (moderator, [.. categories], [.. channels]);
    }

    private static Task<JsonElement> ReorderAsync(HttpClient client, Community community, object order) =>
        client.SendAsync(HttpMethod.Patch, Path(community), order, HttpStatusCode.NoContent);

    private static string Path(Community community) => $"/api/v1/servers/{community.Server}/channels";

    private static Guid[] Ids(JsonElement server, string of) => [.. server.GetProperty(of).EnumerateArray().Select(Calls.Id)];

    private static int[] Positions(JsonElement server, string of) => [.. server.GetProperty(of).EnumerateArray().Select(one => one.GetProperty("position").GetInt32())];
}
