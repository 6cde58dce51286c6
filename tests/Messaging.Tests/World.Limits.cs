using System.Net;
using System.Net.Http.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed partial class World
{
    /// <summary>A personal access token with these scopes, exchanged as the gateway does.</summary>
    internal Task<string> ScriptTokenAsync(Account person, params string[] scopes) => TokenAsync(person, new { name = "script", scopes });

    /// <summary>Sets the slow mode of the room's channel.</summary>
    internal async Task SetSlowModeAsync(Room room, int seconds)
    {
        using var owner = Servers.CreateClient(room.Owner.Token);
        using var response = await owner.PatchAsJsonAsync($"/api/v1/channels/{room.Channel}", new { slowMode = seconds }, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
    }
}
