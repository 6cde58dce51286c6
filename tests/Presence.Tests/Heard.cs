using System.Text.Json;
using Chat.Stores;

namespace Chat.Presence.Tests;

/// <summary>What other services hear of two people.</summary>
internal sealed class Heard(EventQueue queue) : IAsyncDisposable
{
    private static readonly string[] Types = ["FriendRequested", "FriendRequestEnded", "FriendAccepted", "FriendRemoved", "UserBlocked", "UserUnblocked"];

    private readonly List<(string Type, JsonElement Body)> _all = [];

    public static async Task<Heard> OpenAsync(World world) => new(await EventQueue.OpenAsync(world.RabbitMq, Types));

    /// <summary>Everything told so far in which this person occurs: type and body, in the order of revisions.</summary>
    public async Task<List<(string Type, JsonElement Body)>> OfAsync(Guid user)
    {
        _all.AddRange(await queue.TakeAsync());
        return [.. _all.Where(told => told.Body.GetRawText().Contains(user.ToString(), StringComparison.Ordinal)).OrderBy(told => told.Body.GetProperty("rev").GetInt64())];
    }

    /// <summary>Waits until exactly these types were told of this person, in the order of revisions.</summary>
    public async Task ExpectAsync(Guid user, params string[] types)
    {
        List<(string Type, JsonElement Body)> told = [];
        await Eventually.HoldsAsync($"{types.Length} events", async () => (told = await OfAsync(user)).Count >= types.Length);
        Assert.Equal(types, told.Select(one => one.Type));
    }

    public ValueTask DisposeAsync() => queue.DisposeAsync();
}
