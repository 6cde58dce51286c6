using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

public sealed partial class World
{
    /// <summary>A personal access token with these scopes, exchanged as the gateway does.</summary>
    internal async Task<string> ScriptTokenAsync(Account person, params string[] scopes)
    {
        using var client = Identity.CreateClient(person.Token);
        using var made = await client.PostAsJsonAsync("/api/v1/auth/tokens", new { name = "script", scopes }, Ending);
        await made.ExpectAsync(HttpStatusCode.Created);
        using var gateway = Identity.CreateClient(Identity.ServiceToken("identity"));
        using var exchanged = await gateway.PostAsJsonAsync("/internal/tokens/exchange", new { token = (await made.ReadAsync<JsonElement>()).GetProperty("token").GetString() }, Ending);
        await exchanged.ExpectAsync(HttpStatusCode.OK);
        return (await exchanged.ReadAsync<JsonElement>()).GetProperty("accessToken").GetString() ?? "";
    }

    /// <summary>Sets the slow mode of the room's channel.</summary>
    internal async Task SetSlowModeAsync(Room room, int seconds)
    {
        using var owner = Servers.CreateClient(room.Owner.Token);
        using var response = await owner.PatchAsJsonAsync($"/api/v1/channels/{room.Channel}", new { slowMode = seconds }, Ending);
        await response.ExpectAsync(HttpStatusCode.OK);
    }
}
