using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Chat.Stores;

namespace Chat.EndToEnd.Tests.OAuth;

/// <summary>Somebody signed in through the gateway, a client of theirs, and openid-client (certified by the OpenID Foundation) run by node as that client.</summary>
internal sealed class RelyingParty : IDisposable
{
    private const string Password = "correct horse battery staple";
    private const string Library = "openid-client@6.8.9";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _http;
    private readonly Uri _address;

    private RelyingParty(Uri address)
    {
        _address = address;
        _http = new HttpClient(new SocketsHttpHandler { CookieContainer = _cookies }) { BaseAddress = address };
        _http.DefaultRequestHeaders.Add("X-Chat-Client", "tests");
    }

    public string Username { get; } = $"rp_{Guid.NewGuid():n}"[..20];

    public string ClientId { get; private set; } = "";

    public string Secret { get; private set; } = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RelyingParty> CreateAsync(Door door, params string[] grants)
    {
        var party = new RelyingParty(door.Address);
        await party.SignUpAsync();
        await party.RegisterAsync(grants is [] ? ["authorization_code", "refresh_token", "client_credentials"] : grants);
        return party;
    }

    /// <summary>Runs one scenario of relying-party.mjs.</summary>
    public async Task<JsonElement> RunAsync(string scenario)
    {
        var library = await NodePackage.InstallAsync([Library], Cancel);
        var module = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "OAuth", "relying-party.mjs"), Cancel);
        await using var node = await library.StartModuleAsync(module, [scenario], new Dictionary<string, string>
        {
            ["ISSUER"] = _address.GetLeftPart(UriPartial.Authority),
            ["CLIENT_ID"] = ClientId,
            ["CLIENT_SECRET"] = Secret,
            ["SESSION"] = _cookies.GetCookies(_address)["chat_session"]?.Value ?? "",
        }, Cancel);
        var line = await node.ReadUntilAsync("result ", Patience, Cancel);
        return JsonSerializer.Deserialize<JsonElement>(line["result ".Length..]);
    }

    /// <summary>The token request of a client's server.</summary>
    public async Task<JsonElement> ExchangeAsync(string code, string redirectUri, string verifier)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = ClientId,
            ["client_secret"] = Secret,
            ["code"] = code,
            ["redirect_uri"] = redirectUri,
            ["code_verifier"] = verifier,
        });
        using var server = new HttpClient { BaseAddress = _address };
        using var response = await server.PostAsync("/oauth/token", form, Cancel);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    public void Dispose() => _http.Dispose();

    private async Task SignUpAsync()
    {
        var email = $"{Username}@example.org";
        await PostAsync("/api/v1/auth/register", new { email, username = Username, password = Password, displayName = "Relying Party" });
        await Accounts.VerifyEmailAsync(_http, email, Cancel);
        await PostAsync("/api/v1/auth/login", new { login = Username, password = Password });
    }

    private async Task RegisterAsync(IReadOnlyList<string> grants)
    {
        var client = await PostAsync("/api/v1/auth/clients", new
        {
            name = "Relying party",
            homepage = "https://app.example/",
            redirectUris = new[] { "https://app.example/back" },
            scopes = new[] { "openid", "profile", "email", "account:read", "servers:read", "offline_access" },
            grants,
        });
        ClientId = client.GetProperty("id").GetString() ?? "";
        Secret = client.GetProperty("secret").GetString() ?? "";
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await _http.PostAsJsonAsync(path, body, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{path} answered {(int)response.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
