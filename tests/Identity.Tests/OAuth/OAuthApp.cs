using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Chat.Stores;
using Microsoft.AspNetCore.WebUtilities;

namespace Chat.Identity.Tests.OAuth;

/// <summary>A registered client, and what its developer's program would do.</summary>
internal sealed record OAuthApp(string Id, string? Secret, string RedirectUri, string Scope)
{
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    /// <summary>Of <see cref="Verifier"/>: both are the example of RFC 7636, appendix B.</summary>
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    public const string AllScopes = "openid profile email account:read servers:read offline_access";

    /// <summary>Registered by the person whose token the client carries.</summary>
    public static async Task<OAuthApp> RegisterAsync(
        HttpClient owner, bool isPublic = false, string scope = AllScopes, string redirectUri = "https://app.example/back", string name = "Test app", string[]? grants = null)
    {
        grants ??= scope.Contains("offline_access", StringComparison.Ordinal) ? ["authorization_code", "refresh_token"] : ["authorization_code"];
        var redirectUris = grants.Contains("authorization_code") ? new[] { redirectUri } : [];
        var created = (await owner.PostBodyAsync("/api/v1/auth/clients", new { name, homepage = "https://app.example/", redirectUris, scopes = scope.Split(' '), grants, @public = isPublic }))
            .Expect(HttpStatusCode.Created).Body;
        return new OAuthApp(created.GetProperty("id").GetString() ?? "", created.TryGetProperty("secret", out var secret) ? secret.GetString() : null, redirectUri, scope);
    }

    /// <summary>The parameters of a sound authorization request; a null takes one out.</summary>
    public Dictionary<string, string> Request(params (string Name, string? Value)[] changes)
    {
        var parameters = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = Id,
            ["redirect_uri"] = RedirectUri,
            ["scope"] = Scope,
            ["state"] = "a state",
            ["nonce"] = "a nonce",
            ["code_challenge"] = Challenge,
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in changes)
            parameters[name] = value;
        return parameters.Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value ?? "");
    }

    public Task<Answer> AuthorizeAsync(HttpClient person, params (string Name, string? Value)[] changes) =>
        person.ReadAsync(QueryHelpers.AddQueryString("/oauth/authorize", Request(changes)!));

    public Task<Answer> DecideAsync(HttpClient person, string decision, params (string Name, string? Value)[] changes) =>
        person.PostBodyAsync("/oauth/authorize", Request([.. changes, ("decision", decision)]));

    /// <summary>The person allows what is asked for.</summary>
    public async Task<string> CodeAsync(HttpClient person, params (string Name, string? Value)[] changes) =>
        Redirected((await DecideAsync(person, "allow", changes)).Expect(HttpStatusCode.OK).Body.GetProperty("redirect").GetString())["code"];

    public async Task<JsonElement> TokensAsync(HttpClient person, params (string Name, string? Value)[] changes)
    {
        using var anyone = new HttpClient { BaseAddress = person.BaseAddress };
        return (await ExchangeAsync(anyone, await CodeAsync(person, changes))).Expect(HttpStatusCode.OK).Body;
    }

    public Task<Answer> ExchangeAsync(HttpClient client, string code, params (string Name, string? Value)[] changes) =>
        TokenAsync(client, [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", RedirectUri), ("code_verifier", Verifier), .. changes]);

    public Task<Answer> RefreshAsync(HttpClient client, string? token, params (string Name, string? Value)[] changes) =>
        TokenAsync(client, [("grant_type", "refresh_token"), ("refresh_token", token), .. changes]);

    public Task<Answer> TokenAsync(HttpClient client, params (string Name, string? Value)[] parameters) =>
        PostFormAsync(client, "/oauth/token", [("client_id", Id), ("client_secret", Secret), .. parameters]);

    public Task<Answer> RevokeAsync(HttpClient client, string? token) => PostFormAsync(client, "/oauth/revoke", ("client_id", Id), ("client_secret", Secret), ("token", token));

    /// <summary>Later values of a name replace earlier ones; a null takes it out.</summary>
    public static async Task<Answer> PostFormAsync(HttpClient client, string path, params (string Name, string? Value)[] parameters)
    {
        var last = parameters.GroupBy(p => p.Name).Select(group => group.Last()).Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Name, p.Value));
        using var form = new FormUrlEncodedContent(last);
        return await client.PostBodyAsync(path, form);
    }

    public static (string Name, string Value) Basic(string id, string? secret) =>
        ("Authorization", new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"))).ToString());

    /// <summary>The parameters of an address that leads back to a client.</summary>
    public static Dictionary<string, string> Redirected(string? address) =>
        QueryHelpers.ParseQuery(new Uri(address ?? "").Query).ToDictionary(p => p.Key, p => p.Value.ToString(), StringComparer.Ordinal);

    /// <summary>Where a 303 leads.</summary>
    public static Dictionary<string, string> Redirected(Answer answer)
    {
        answer.Expect(HttpStatusCode.SeeOther);
        return Redirected(answer.Headers.Location?.OriginalString);
    }
}

internal static class OAuthAnswers
{
    /// <summary>An error in OAuth's own shape.</summary>
    public static Answer ExpectOAuthError(this Answer answer, HttpStatusCode status, string error)
    {
        answer.Expect(status);
        Assert.Equal(error, answer.Body.GetProperty("error").GetString());
        Assert.True(answer.Headers.CacheControl?.NoStore);
        return answer;
    }

    public static async Task<Answer> PatchBodyAsync(this HttpClient client, string path, object body)
    {
        using var response = await client.PatchAsync(path, body as HttpContent ?? System.Net.Http.Json.JsonContent.Create(body), Calls.Cancel);
        var text = await response.Content.ReadAsStringAsync(Calls.Cancel);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, JsonSerializer.Deserialize<JsonElement>(text), text);
    }

    public static string Text(this JsonElement body, string name) => body.GetProperty(name).GetString() ?? "";

    public static async Task<HttpClient> NewClientAsync(this RunningService<IdentityService> identity) => identity.CreateClient((await identity.NewPersonAsync()).Token);
}
