using System.Text.Json;
using Microsoft.Playwright;

namespace Chat.EndToEnd.Tests.Browsers;

/// <summary>Somebody at a browser of their own, who calls the API as the page they are on would.</summary>
internal sealed class Person(string name, IBrowserContext context, IPage page) : IAsyncDisposable
{
    public const string Password = "correct horse battery staple";

    private const string MailScript = "async address => (await (await fetch(`/dev/mail?to=${encodeURIComponent(address)}`)).json()).items";

    // An answer without a body (204) is null; a problem document is JSON as well.
    private const string CallScript = """
        async ([method, path, body]) => {
            const response = await fetch(`/api/v1/${path}`, {
                method,
                headers: { 'X-Chat-Client': 'tests', ...(body === null ? {} : { 'Content-Type': 'application/json' }) },
                body: body ?? undefined,
            });
            const text = await response.text();
            return { status: response.status, body: text === '' ? null : text };
        }
        """;

    public string Name => name;

    public string Email => $"{Username}@example.org";

    /// <summary>Unique, and the local part of the e-mail address.</summary>
    public string Username { get; } = $"{name}_{Guid.NewGuid():n}"[..Math.Min(32, name.Length + 13)];

    public IBrowserContext Context => context;

    public IPage Page => page;

    /// <summary>A call of the API from the page, with its cookies. <paramref name="path"/> is below <c>/api/v1</c>.</summary>
    public async Task<Answer> CallAsync(string method, string path, object? body = null)
    {
        var json = body is null ? null : JsonSerializer.Serialize(body, JsonSerializerOptions.Web);
        var answer = await page.EvaluateAsync<JsonElement>(CallScript, new object?[] { method, path, json });
        return new Answer($"{method} {path}", answer.GetProperty("status").GetInt32(), answer.GetProperty("body").GetString());
    }

    public async Task SignUpAsync()
    {
        (await CallAsync("POST", "auth/register", new { Email, Username, Password, displayName = name })).Expect(201);
        var link = new Uri(await LinkAsync("verify-email"));
        (await CallAsync("POST", "auth/verify-email", new { token = link.Query["?token=".Length..] })).Expect(204);
        await SignInAsync();
    }

    /// <summary>What is in their mailbox, or another one, newest first.</summary>
    public async Task<JsonElement[]> MailsAsync(string? address = null) => [.. (await page.EvaluateAsync<JsonElement>(MailScript, address ?? Email)).EnumerateArray()];

    /// <summary>The newest link to a page in their mailbox, or another one, once it has come.</summary>
    /// <param name="target">The page, such as <c>verify-email</c>.</param>
    public async Task<string> LinkAsync(string target, string? address = null)
    {
        string? found = null;
        await Eventually.HoldsAsync($"a mail with a link to {target}", async () => (found = (await MailsAsync(address))
            .SelectMany(mail => mail.GetProperty("links").EnumerateArray()).Select(link => link.GetString() ?? "")
            .FirstOrDefault(link => link.Contains($"/{target}?token=", StringComparison.Ordinal))) is not null);
        return found ?? "";
    }

    public async Task SignInAsync() => (await CallAsync("POST", "auth/login", new { login = Username, Password })).Expect(200);

    public ValueTask DisposeAsync() => context.DisposeAsync();
}
