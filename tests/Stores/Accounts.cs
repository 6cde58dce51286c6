using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chat.ServiceDefaults.Tokens;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Stores;

/// <summary>A registered and signed-in person.</summary>
/// <param name="Id">The account.</param>
/// <param name="Username">The user name.</param>
/// <param name="Token">An access token for services, valid for five minutes.</param>
/// <param name="Cookie">The session cookie's value, for the gateway.</param>
public sealed record Account(Guid Id, string Username, string Token, string Cookie);

/// <summary>Makes people by identity's own routes.</summary>
public static partial class Accounts
{
    /// <summary>The password of everybody.</summary>
    public const string Password = "correct horse battery staple";

    private static readonly TimeSpan MailLimit = TimeSpan.FromMinutes(1);

    /// <summary>Registers somebody with a unique name that begins with <paramref name="name"/>, signs in and exchanges the cookie for a token.</summary>
    public static async Task<Account> SignUpAsync<TMarker>(this RunningService<TMarker> identity, string name, CancellationToken cancellationToken = default) where TMarker : class
    {
        using var client = identity.CreateClient();
        var username = $"{name}_{Guid.NewGuid():n}"[..Math.Min(32, name.Length + 13)];
        using var registered = await client.PostAsJsonAsync(
            "/api/v1/auth/register", new { email = $"{username}@example.org", username, password = Password, displayName = name }, cancellationToken);
        await EnsureAsync(registered, cancellationToken);
        await VerifyEmailAsync(client, $"{username}@example.org", cancellationToken);
        using var signedIn = await client.PostAsJsonAsync("/api/v1/auth/login", new { login = username, password = Password }, cancellationToken);
        await EnsureAsync(signedIn, cancellationToken);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Select(header => header.Split(';')[0]).First(pair => pair.StartsWith("chat_session=", StringComparison.Ordinal))["chat_session=".Length..];
        var (user, token) = await ExchangeAsync(identity, client, cookie, cancellationToken);
        return new Account(user, username, token, cookie);
    }

    /// <summary>Another access token of somebody's session, as the gateway asks for one when the last is about to end.</summary>
    public static async Task<string> TokenAsync<TMarker>(this RunningService<TMarker> identity, Account account, CancellationToken cancellationToken = default) where TMarker : class
    {
        using var client = identity.CreateClient();
        return (await ExchangeAsync(identity, client, account.Cookie, cancellationToken)).Token;
    }

    /// <summary>Follows the link in the newest mail to the address.</summary>
    /// <param name="client">A client of identity, or of the gateway.</param>
    public static async Task VerifyEmailAsync(HttpClient client, string address, CancellationToken cancellationToken = default)
    {
        using var verified = await client.PostAsJsonAsync("/api/v1/auth/verify-email", new { token = await MailedTokenAsync(client, address, cancellationToken) }, cancellationToken);
        await EnsureAsync(verified, cancellationToken);
    }

    /// <summary>The token in the newest link that was mailed to the address.</summary>
    public static async Task<string> MailedTokenAsync(HttpClient client, string address, CancellationToken cancellationToken = default)
    {
        var link = await MailedAsync(
            client,
            address,
            mail => mail.GetProperty("links").EnumerateArray().Select(link => link.GetString() ?? "").FirstOrDefault(link => link.Contains("token=", StringComparison.Ordinal)),
            cancellationToken);
        return link[(link.IndexOf("token=", StringComparison.Ordinal) + "token=".Length)..];
    }

    /// <summary>The code of six digits in the newest mail to the address that has one.</summary>
    /// <param name="client">A client of identity, or of the gateway.</param>
    public static async Task<string> MailedCodeAsync(HttpClient client, string address, CancellationToken cancellationToken = default)
    {
        return await MailedAsync(
            client, address, mail => CodeLine().Match(mail.GetProperty("text").GetString() ?? "") is { Success: true } match ? match.Value.Trim() : null, cancellationToken);
    }

    /// <summary>A service token as a peer of this service would send it to <paramref name="receiver"/>.</summary>
    public static string ServiceToken<TMarker>(this RunningService<TMarker> service, string receiver) where TMarker : class =>
        service.Services.GetRequiredService<ServiceTokens>().For(receiver);

    /// <summary>What is looked for in the newest mail that has it. Mails leave after the answer: waits for one.</summary>
    private static async Task<string> MailedAsync(HttpClient client, string address, Func<JsonElement, string?> find, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(MailLimit);
        while (true)
        {
            var mails = await client.GetFromJsonAsync<JsonElement>($"/dev/mail?to={Uri.EscapeDataString(address)}", patience.Token);
            if (mails.GetProperty("items").EnumerateArray().Select(find).FirstOrDefault(found => found is not null) is { } found)
                return found;
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    [GeneratedRegex(@"^\d{6}\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex CodeLine();

    private static async Task<(Guid User, string Token)> ExchangeAsync<TMarker>(
        RunningService<TMarker> identity, HttpClient client, string cookie, CancellationToken cancellationToken) where TMarker : class
    {
        using var exchange = new HttpRequestMessage(HttpMethod.Post, "/internal/sessions/exchange") { Content = JsonContent.Create(new { cookie }) };
        exchange.Headers.Authorization = new AuthenticationHeaderValue("Bearer", identity.ServiceToken("identity"));
        using var exchanged = await client.SendAsync(exchange, cancellationToken);
        await EnsureAsync(exchanged, cancellationToken);
        var answer = await exchanged.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return (answer.GetProperty("user").GetGuid(), answer.GetProperty("accessToken").GetString() ?? "");
    }

    private static async Task EnsureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }
}
