using System.Net;
using System.Text.Json;

namespace Chat.Identity.Tests.Passkeys;

/// <summary>The passkey routes as a client calls them.</summary>
internal static class PasskeyCalls
{
    public const string Route = "/api/v1/auth/passkeys";
    public const string SignInRoute = $"{Route}/sign-in";
    public const string ProofRoute = "/api/v1/auth/proof/passkey";

    public static async Task<(Guid Challenge, JsonElement Options)> BeginAsync(this HttpClient client, string route)
    {
        var answer = (await client.PostBodyAsync($"{route}/options", null)).Expect(HttpStatusCode.OK);
        return (answer.Body.GetProperty("challenge").GetGuid(), answer.Body.GetProperty("options"));
    }

    public static async Task<Answer> AddPasskeyAsync(this HttpClient client, SoftAuthenticator authenticator, string? name = null)
    {
        var (challenge, options) = await client.BeginAsync(Route);
        return await client.PostBodyAsync(Route, new { challenge, credential = authenticator.Create(options), name });
    }

    /// <summary>Shows the passkey, to sign in or to prove.</summary>
    public static async Task<Answer> ShowAsync(this HttpClient client, string route, SoftAuthenticator authenticator, bool spoilSignature = false, bool reactivate = false)
    {
        var (challenge, options) = await client.BeginAsync(route);
        return await client.PostBodyAsync(route, new { challenge, credential = authenticator.Get(options, spoilSignature), reactivate });
    }

    public static async Task<JsonElement[]> PasskeysAsync(this HttpClient client) =>
        [.. (await client.ReadAsync(Route)).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray()];
}
