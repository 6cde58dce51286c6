using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Identity.Tests;

/// <summary>The routes as a client calls them.</summary>
internal static class Calls
{
    public const string Password = "correct horse battery staple";

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static string NewName(string prefix = "u") => $"{prefix}{Guid.NewGuid():n}"[..24];

    public static object Registration(string username, string? email = null, string password = Password) =>
        new { email = email ?? $"{username}@example.org", username, password };

    public static Task<Answer> PostBodyAsync(this HttpClient client, string path, object? body, params (string Name, string Value)[] headers) =>
        client.SendBodyAsync(HttpMethod.Post, path, body, headers);

    public static async Task<Answer> SendBodyAsync(this HttpClient client, HttpMethod method, string path, object? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body as HttpContent ?? JsonContent.Create(body) };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.AnswerAsync(request);
    }

    public static async Task<Answer> SendAsync(this HttpClient client, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        return await client.AnswerAsync(request);
    }

    public static Task<Answer> ReadAsync(this HttpClient client, string path) => client.SendAsync(HttpMethod.Get, path);

    /// <summary>Registers and, where that succeeds, follows the link in the mail.</summary>
    public static async Task<Answer> RegisterAsync(this HttpClient client, string username, string password = Password)
    {
        var answer = await client.PostBodyAsync("/api/v1/auth/register", Registration(username, password: password));
        if (answer.Status == HttpStatusCode.Created)
            await Stores.Accounts.VerifyEmailAsync(client, $"{username}@example.org", Cancel);
        return answer;
    }

    public static Task<Answer> LoginAsync(this HttpClient client, string login, string password = Password, bool remember = false) =>
        client.PostBodyAsync("/api/v1/auth/login", new { login, password, remember });

    /// <summary>The cookie's value in exchange for a token, as the gateway does it.</summary>
    public static async Task<Answer> ExchangeAsync(this RunningService<IdentityService> identity, string cookie)
    {
        // Signed by the shared replica: the one that is asked may have its clock set forward by the test, and validation goes by the system's.
        var stores = await TestContext.Current.GetFixture<IdentityStores>() ?? throw new InvalidOperationException("The fixture is missing.");
        using var client = identity.CreateClient(stores.Shared.ServiceToken("identity"));
        return await client.PostBodyAsync("/internal/sessions/exchange", new { cookie });
    }

    /// <summary>A personal access token in exchange for an access token, as the gateway does it.</summary>
    public static async Task<Answer> ExchangeTokenAsync(this RunningService<IdentityService> identity, string token)
    {
        var stores = await TestContext.Current.GetFixture<IdentityStores>() ?? throw new InvalidOperationException("The fixture is missing.");
        using var client = identity.CreateClient(stores.Shared.ServiceToken("identity"));
        return await client.PostBodyAsync("/internal/tokens/exchange", new { token });
    }

    /// <summary>The text of all mails to somebody made by <see cref="NewPersonAsync"/>. Replicas send side by side: which is the newest is nobody's promise.</summary>
    public static async Task<string> MailedTextAsync(this RunningService<IdentityService> identity, string username)
    {
        using var client = identity.CreateClient();
        var mails = (await client.ReadAsync($"/dev/mail?to={username}@example.org")).Expect(HttpStatusCode.OK).Body.GetProperty("items");
        return string.Join('\n', mails.EnumerateArray().Select(mail => mail.GetProperty("text").GetString()));
    }

    /// <summary>Signs in once more and returns the access token, the session's id and the cookie.</summary>
    public static async Task<(string Token, Guid Session, string Cookie)> OpenSessionAsync(this RunningService<IdentityService> identity, string username)
    {
        using var client = identity.CreateClient();
        var login = (await client.LoginAsync(username)).Expect(HttpStatusCode.OK);
        var exchanged = (await identity.ExchangeAsync(login.SessionCookie)).Expect(HttpStatusCode.OK);
        return (exchanged.Body.GetProperty("accessToken").GetString() ?? "", login.Body.GetProperty("session").GetProperty("id").GetGuid(), login.SessionCookie);
    }

    /// <summary>Registers somebody new and signs in.</summary>
    public static async Task<(string Username, string Token, Guid Session, string Cookie)> NewPersonAsync(this RunningService<IdentityService> identity)
    {
        using var client = identity.CreateClient();
        var username = NewName();
        (await client.RegisterAsync(username)).Expect(HttpStatusCode.Created);
        var (token, session, cookie) = await identity.OpenSessionAsync(username);
        return (username, token, session, cookie);
    }

    public static StringContent Json(string text, string mediaType = "application/json") => new(text, Encoding.UTF8, mediaType);

    public static async Task<Answer> AnswerAsync(this HttpClient client, HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        using var document = text.Length > 0 && response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true ? JsonDocument.Parse(text) : null;
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, document?.RootElement.Clone() ?? default, text);
    }
}

internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string? MediaType, JsonElement Body, string Text)
{
    public string? Code => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    public IReadOnlyList<string> SetCookies => Headers.TryGetValues("Set-Cookie", out var values) ? [.. values] : [];

    public string SessionCookie => SetCookies.Single(c => c.StartsWith("chat_session=", StringComparison.Ordinal)).Split(';')[0]["chat_session=".Length..];

    public Answer Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Text}");
        return this;
    }

    /// <summary>A problem document with this status and code.</summary>
    public Answer ExpectProblem(HttpStatusCode status, string code)
    {
        Expect(status);
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal(code, Code);
        return this;
    }

    /// <summary>A validation problem that names exactly these fields and codes.</summary>
    public void ExpectFieldErrors(params string[] expected)
    {
        ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        var found = Body.GetProperty("errors").EnumerateObject().SelectMany(f => f.Value.EnumerateArray().Select(e => $"{f.Name}:{e.GetProperty("code").GetString()}"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }
}
