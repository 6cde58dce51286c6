using System.Net;
using System.Text.Json;
using Chat.Stores;

namespace Chat.Identity.Tests.TwoFactor;

/// <summary>Somebody in a browser: the session's token and the device cookie, which the gateway would carry.</summary>
internal sealed class Person(TwoReplicas replicas, RunningService<IdentityService> home, string username) : IDisposable
{
    private HttpClient? _client;

    public string Username => username;

    public string Address => $"{username}@example.org";

    public Guid Session { get; private set; }

    public string Token { get; private set; } = "";

    /// <summary><c>chat_device=…</c></summary>
    public string DeviceCookie { get; private set; } = "";

    public HttpClient Client => _client ?? throw new InvalidOperationException("Not signed in.");

    public void Dispose() => _client?.Dispose();

    /// <summary>Signs in as a stranger's browser, and goes on with that session.</summary>
    public async Task SignInAsync(string? code = null, string password = Calls.Password)
    {
        var answer = (await LoginAsync(code, password)).Expect(HttpStatusCode.OK);
        Session = answer.Body.GetProperty("session").GetProperty("id").GetGuid();
        DeviceCookie = answer.SetCookies.Single(c => c.StartsWith("chat_device=", StringComparison.Ordinal)).Split(';')[0];
        Token = (await home.ExchangeAsync(answer.SessionCookie)).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString() ?? "";
        _client?.Dispose();
        _client = home.CreateClient(Token);
    }

    /// <summary>A sign-in from a browser without cookies.</summary>
    public Task<Answer> LoginAsync(string? code = null, string password = Calls.Password) => LoginAsync(home, code, password);

    /// <summary>A sign-in from a browser that sends these headers only.</summary>
    public async Task<Answer> LoginAsync(RunningService<IdentityService> replica, string? code, string password = Calls.Password, params (string Name, string Value)[] headers)
    {
        using var client = replica.CreateClient();
        return await client.PostBodyAsync("/api/v1/auth/login", new { login = username, password, code }, headers);
    }

    public Task<Answer> PostAsync(string path, object? body = null) => Client.PostBodyAsync($"/api/v1/auth/{path}", body ?? new { });

    public Task<Answer> GetAsync(string path) => Client.ReadAsync($"/api/v1/auth/{path}");

    public Task<Answer> DeleteAsync(string path) => Client.SendAsync(HttpMethod.Delete, $"/api/v1/auth/{path}");

    public Task<string> MailedCodeAsync() => Stores.Accounts.MailedCodeAsync(Client, Address, Calls.Cancel);

    /// <summary>Subjects of all mails, newest first.</summary>
    public async Task<IReadOnlyList<string>> SubjectsAsync() => [.. (await MailsAsync()).Select(mail => mail.GetProperty("subject").GetString() ?? "")];

    public async Task<IReadOnlyList<JsonElement>> MailsAsync() =>
        [.. (await Client.ReadAsync($"/dev/mail?to={Address}")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray()];

    /// <summary>Turns the authenticator app on.</summary>
    public async Task<(AppOfAPerson App, IReadOnlyList<string> RecoveryCodes)> AddAppAsync(bool endOtherSessions = false)
    {
        var app = await BeginAppAsync();
        var confirmed = (await PostAsync("two-factor/totp/confirm", new { code = app.Code(), endOtherSessions })).Expect(HttpStatusCode.OK);
        return (app, CodesIn(confirmed));
    }

    public async Task<AppOfAPerson> BeginAppAsync() =>
        new((await PostAsync("two-factor/totp")).Expect(HttpStatusCode.OK).Body.GetProperty("uri").GetString() ?? "", replicas.Clock);

    /// <summary>Turns codes by mail on.</summary>
    public async Task<IReadOnlyList<string>> AddMailAsync()
    {
        (await PostAsync("two-factor/email")).Expect(HttpStatusCode.Accepted);
        return CodesIn((await PostAsync("two-factor/email/confirm", new { code = await MailedCodeAsync() })).Expect(HttpStatusCode.OK));
    }

    public static IReadOnlyList<string> CodesIn(Answer answer) => answer.Body.TryGetProperty("recoveryCodes", out var codes) && codes.ValueKind == JsonValueKind.Array
        ? [.. codes.EnumerateArray().Select(code => code.GetString() ?? "")]
        : [];

    /// <summary>What a problem offers instead.</summary>
    public static IReadOnlyList<string> MethodsIn(Answer answer) => [.. answer.Body.GetProperty("methods").EnumerateArray().Select(method => method.GetString() ?? "")];
}
