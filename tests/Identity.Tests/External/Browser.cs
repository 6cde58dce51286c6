using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Chat.Identity.Tests.External;

/// <summary>
/// Somebody at a browser, whose name is also the one they have at the providers. Follows redirects by hand and sends what browsers send: cookies by site (all of ours are Lax, and
/// a redirect to GET is a navigation that Lax lets through), Sec-Fetch-Site, and Origin with what changes something.
/// </summary>
internal sealed class Browser : IDisposable
{
    private const int MostRedirects = 10;

    private readonly ExternalSite _site;
    private readonly HttpClient _client;

    public Browser(ExternalSite site, string name)
    {
        (_site, Name) = (site, name);
        _client = new HttpClient(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false }) { BaseAddress = site.Address };
        Cookies.Add(site.Provider.Address, new Cookie("person", name, "/"));
    }

    public string Name { get; }

    public string Email => $"{Name}@example.org";

    public CookieContainer Cookies { get; } = new();

    public bool HasSession => CookieOf("chat_session") is not null;

    public string? CookieOf(string name) => Cookies.GetAllCookies().FirstOrDefault(cookie => cookie.Name == name && !cookie.Expired)?.Value;

    /// <summary>What both providers know: the same address, verified unless said otherwise.</summary>
    public Task TellProvidersAsync(string? email = null, bool verified = true, object? faults = null, string? refuses = null, string? id = null, string? displayName = "Somebody New")
    {
        var number = id ?? Random.Shared.NextInt64(1, long.MaxValue >> 12).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return _site.Provider.TellAsync(Name, new
        {
            userinfo = new { sub = number, email = email ?? Email, email_verified = verified, name = displayName },
            user = new { id = long.Parse(number, System.Globalization.CultureInfo.InvariantCulture), login = Name, email = "public@example.org", name = displayName },
            emails = new object[] { new { email = "second@example.org", primary = false, verified = true }, new { email = email ?? Email, primary = true, verified } },
            faults,
            refuses,
        });
    }

    /// <summary>Registers with a password, verifies the address and signs in.</summary>
    public async Task SignUpAsync()
    {
        (await CallAsync(HttpMethod.Post, "auth/register", Calls.Registration(Name, Email))).Expect(HttpStatusCode.Created);
        using (var identity = _site.Identity.CreateClient())
            await Stores.Accounts.VerifyEmailAsync(identity, Email, Calls.Cancel);
        await SignInAsync();
    }

    public async Task SignInAsync() =>
        (await CallAsync(HttpMethod.Post, "auth/login", new { login = Name, password = Calls.Password })).Expect(HttpStatusCode.OK);

    /// <summary>A call of the API by a page of the site.</summary>
    public Task<Answer> CallAsync(HttpMethod method, string path, object? body = null)
    {
        var request = new HttpRequestMessage(method, $"/api/v1/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("X-Chat-Client", "tests");
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        if (method != HttpMethod.Get)
            request.Headers.Add("Origin", _site.Address.GetLeftPart(UriPartial.Authority));
        return _client.AnswerAsync(request);
    }

    public Task<Answer> GetAsync(string path) => CallAsync(HttpMethod.Get, path);

    /// <summary>A page of the site sends the browser to a provider, and it comes back.</summary>
    public async Task<Landing> GoAsync(string provider, string query = "") => await FollowAsync(await BeginAsync(provider, query));

    /// <summary>As far as the provider's address, without going there.</summary>
    public async Task<Uri> BeginAsync(string provider, string query = "") => Location((await OpenAsync($"/api/v1/auth/external/{provider}{query}")).Expect(HttpStatusCode.Redirect));

    /// <summary>To the provider, and as far as the address at which it sends the browser back.</summary>
    public async Task<Uri> ReturnAsync(Uri provider) => Location((await OpenAsync(provider.ToString(), "cross-site")).Expect(HttpStatusCode.Redirect));

    /// <summary>To any address, until a page of the site is to be shown.</summary>
    public async Task<Landing> FollowAsync(Uri address)
    {
        for (var i = 0; i < MostRedirects; i++)
        {
            var answer = (await OpenAsync(address.ToString(), "cross-site")).Expect(HttpStatusCode.Redirect);
            address = new Uri(address, Location(answer));
            if (address.Authority == _site.Address.Authority && !address.AbsolutePath.StartsWith("/api/", StringComparison.Ordinal))
                return Landing.At(address);
        }

        throw new InvalidOperationException($"Redirected without end, at last to {address}.");
    }

    /// <summary>One navigation, without following where it leads.</summary>
    public Task<Answer> OpenAsync(string address, string? fetchSite = "same-origin", string? referer = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (fetchSite is not null)
            request.Headers.Add("Sec-Fetch-Site", fetchSite);
        if (referer is not null)
            request.Headers.Referrer = new Uri(referer);
        return _client.AnswerAsync(request);
    }

    public void Dispose() => _client.Dispose();

    private static Uri Location(Answer answer) => answer.Headers.Location ?? throw new InvalidOperationException("The redirect leads nowhere.");
}

/// <summary>The page a browser has come back to.</summary>
internal sealed record Landing(string Path, string? Outcome, string? Code, Uri Address)
{
    public static Landing At(Uri address)
    {
        var query = QueryHelpers.ParseQuery(address.Query);
        return new Landing(address.AbsolutePath, query.GetValueOrDefault("external"), query.GetValueOrDefault("code"), address);
    }

    public void Expect(string outcome, string? code = null) => Assert.Equal((outcome, code), (Outcome, Code));
}
