using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Messaging.Tests;

/// <summary>What becomes of accounts, and programs that have one, by the routes of the real identity service.</summary>
public sealed partial class World
{
    internal Uri IdentityAddress => Identity.Address;

    /// <summary>Its owner disables an account; returns when nothing that it is signed in with is accepted any more.</summary>
    internal async Task DisableAsync(Account person)
    {
        using var client = Identity.CreateClient(person.Token);
        using var disabled = await client.PostAsync("/api/v1/users/@me/disable", content: null, Ending);
        // Done all the same, and with the token nobody can ask again.
        if (disabled.StatusCode != HttpStatusCode.ServiceUnavailable)
            await disabled.ExpectAsync(HttpStatusCode.NoContent);
    }

    /// <summary>The owner of a disabled account takes it back.</summary>
    internal async Task ReactivateAsync(Account person)
    {
        using var client = Identity.CreateClient();
        using var back = await client.PostAsJsonAsync("/api/v1/auth/login", new { login = person.Username, password = Stores.Accounts.Password, reactivate = true }, Ending);
        await back.ExpectAsync(HttpStatusCode.OK);
    }

    /// <summary>A new bot of somebody.</summary>
    internal async Task<Guid> BotAsync(Account owner)
    {
        using var client = Identity.CreateClient(owner.Token);
        using var made = await client.PostAsJsonAsync("/api/v1/auth/bots", new { username = $"bot{Guid.NewGuid():n}"[..20] }, Ending);
        await made.ExpectAsync(HttpStatusCode.Created);
        return (await made.ReadAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    /// <summary>A new access token of a bot, exchanged as the gateway does.</summary>
    internal Task<string> BotTokenAsync(Account owner, Guid bot, params string[] scopes) => TokenAsync(owner, new { name = "run", scopes, bot });

    private async Task<string> TokenAsync(Account person, object body)
    {
        using var client = Identity.CreateClient(person.Token);
        using var made = await client.PostAsJsonAsync("/api/v1/auth/tokens", body, Ending);
        await made.ExpectAsync(HttpStatusCode.Created);
        using var gateway = Identity.CreateClient(Identity.ServiceToken("identity"));
        using var exchanged = await gateway.PostAsJsonAsync("/internal/tokens/exchange", new { token = (await made.ReadAsync<JsonElement>()).GetProperty("token").GetString() }, Ending);
        await exchanged.ExpectAsync(HttpStatusCode.OK);
        return (await exchanged.ReadAsync<JsonElement>()).GetProperty("accessToken").GetString() ?? "";
    }
}
