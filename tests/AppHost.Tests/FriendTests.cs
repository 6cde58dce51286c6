using System.Text.Json;

namespace Chat.AppHost.Tests;

/// <summary>People among each other, through the gateway.</summary>
[Collection(SystemCollection.Name)]
public sealed class FriendTests(RunningSystem system)
{
    [Fact]
    public async Task Two_people_become_friends_until_one_blocks_the_other()
    {
        using var ann = await Person.SignUpAsync(system.Gateway, $"ann_{Guid.NewGuid():n}"[..20]);
        using var ben = await Person.SignUpAsync(system.Gateway, $"ben_{Guid.NewGuid():n}"[..20]);

        var asked = await ann.SendAsync(HttpMethod.Post, "friends/requests", new { username = ben.Username });
        var benId = asked.GetProperty("user").GetProperty("id").GetGuid();
        var annId = (await ListAsync(ben, "friends/requests?direction=incoming"))[0].GetProperty("user").GetProperty("id").GetGuid();
        await ben.SendAsync(HttpMethod.Put, $"friends/requests/{annId}");
        Assert.Equal([ben.Username], Names(await ListAsync(ann, "friends")));
        Assert.Equal([ann.Username], Names(await ListAsync(ben, "friends")));

        await ann.SendAsync(HttpMethod.Put, $"blocks/{benId}");

        Assert.Equal([ben.Username], Names(await ListAsync(ann, "blocks")));
        Assert.Empty((JsonElement[])[.. await ListAsync(ann, "friends"), .. await ListAsync(ben, "friends"), .. await ListAsync(ben, "blocks")]);
    }

    private static async Task<List<JsonElement>> ListAsync(Person person, string path) => [.. (await person.SendAsync(HttpMethod.Get, path)).GetProperty("items").EnumerateArray()];

    private static IEnumerable<string?> Names(List<JsonElement> items) => items.Select(item => item.GetProperty("user").GetProperty("username").GetString());
}
