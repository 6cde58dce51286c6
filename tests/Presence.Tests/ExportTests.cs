using System.Net;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Presence.Tests;

/// <summary>What presence tells identity of a person, for that person's export.</summary>
public sealed class ExportTests(World world)
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_has_friends_requests_and_blocks_and_not_who_blocks_the_person()
    {
        var (ada, bob) = await world.FriendsAsync();
        var (carol, dan, eve, fay) = (await world.PersonAsync("carol"), await world.PersonAsync("dan"), await world.PersonAsync("eve"), await world.PersonAsync("fay"));
        await carol.AskAsync(ada);
        await ada.AskAsync(dan);
        await ada.BlockAsync(eve);
        await fay.BlockAsync(ada);

        var export = await ExportAsync(ada.Id);

        Assert.Equal(ada.Id, export.GetProperty("user").GetGuid());
        Assert.Equal([$"friends:{bob.Username}"], Told(export, "friends"));
        Assert.Equal([$"incoming:{carol.Username}", $"outgoing:{dan.Username}"], Told(export, "requests"));
        Assert.Equal([$"blocked:{eve.Username}"], Told(export, "blocks"));
        Assert.DoesNotContain(fay.Id.ToString(), export.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_has_every_request_however_many_there_are()
    {
        var ada = await world.PersonAsync();
        await ada.DoAsync(HttpMethod.Delete, Somebody.Friend(ada));
        var label = Guid.NewGuid().ToString();
        await Sql.RunAsync(world.Database, "insert into profiles (id, username, display_name) select gen_random_uuid(), 'stranger', $1 from generate_series(1, 1200)", label);
        await Sql.RunAsync(
            world.Database, "insert into friend_requests (from_id, to_id, rev, created_at) select id, $1, nextval('relation_revs'), now() from profiles where display_name = $2", ada.Id, label);

        var requests = (await ExportAsync(ada.Id)).GetProperty("requests").EnumerateArray().Select(one => one.GetProperty("user").GetProperty("id").GetGuid()).ToList();

        Assert.Equal((1200, 1200), (requests.Count, requests.Distinct().Count()));
    }

    [Fact]
    public async Task Of_somebody_unknown_there_is_nothing_and_only_services_may_ask()
    {
        var export = await ExportAsync(Guid.NewGuid());
        Assert.All(new[] { "friends", "requests", "blocks" }, list => Assert.Empty(export.GetProperty(list).EnumerateArray()));

        var ada = await world.PersonAsync();
        using var asked = await ada.SendAsync(HttpMethod.Get, $"/internal/users/{ada.Id}/export");
        await asked.ExpectProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static List<string> Told(JsonElement export, string list) =>
        [.. export.GetProperty(list).EnumerateArray().Select(one => $"{one.GetProperty("state").GetString()}:{one.GetProperty("user").GetProperty("username").GetString()}")];

    private async Task<JsonElement> ExportAsync(Guid user)
    {
        using var service = world.A.CreateClient(world.A.ServiceToken("presence"));
        using var response = await service.GetAsync(new Uri($"/internal/users/{user}/export", UriKind.Relative), Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
        return await response.ReadAsync<JsonElement>();
    }
}
