using System.Net;

namespace Chat.Identity.Tests.External;

[Collection<ExternalCollection>]
public sealed class ExternalSignInTests(ExternalProvider providers, IdentityStores stores)
{
    [Fact]
    public async Task Configured_providers_are_listed_and_others_are_not_there()
    {
        var site = providers.Site;
        using var browser = site.Open();

        var list = (await browser.GetAsync("auth/external")).Expect(HttpStatusCode.OK);

        Assert.Equal(["google Google", "github GitHub"], list.Body.GetProperty("items").EnumerateArray().Select(p => $"{p.GetProperty("provider").GetString()} {p.GetProperty("name").GetString()}"));
        Assert.DoesNotContain("linked", list.Text, StringComparison.Ordinal);
        using var elsewhere = stores.Shared.CreateClient();
        Assert.Equal("""{"items":[]}""", (await elsewhere.ReadAsync("/api/v1/auth/external")).Expect(HttpStatusCode.OK).Text);
        (await elsewhere.ReadAsync("/api/v1/auth/external/google")).ExpectProblem(HttpStatusCode.NotFound, "provider_not_found");
        (await elsewhere.ReadAsync("/api/v1/auth/external/google/callback?code=a&state=b")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await browser.GetAsync("auth/external/nobody")).ExpectProblem(HttpStatusCode.NotFound, "provider_not_found");
        (await browser.GetAsync("auth/external/Google")).ExpectProblem(HttpStatusCode.NotFound, "provider_not_found");
    }

    [Theory]
    [InlineData("google", "openid email profile")]
    [InlineData("github", "read:user user:email")]
    public async Task The_provider_is_asked_with_PKCE_and_an_address_that_the_request_does_not_choose(string provider, string scope)
    {
        var site = providers.Site;
        using var client = site.Identity.CreateClient();
        client.DefaultRequestHeaders.Host = "evil.example";
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "evil.example");

        var begun = (await client.ReadAsync($"/api/v1/auth/external/{provider}?returnUrl=/secret-place")).Expect(HttpStatusCode.Redirect);

        var address = begun.Headers.Location ?? throw new InvalidOperationException("No address.");
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query);
        Assert.Equal(new Uri(site.Provider.Address, "authorize"), new Uri(address.GetLeftPart(UriPartial.Path)));
        Assert.Equal(new Uri(site.Address, $"/api/v1/auth/external/{provider}/callback").ToString(), query["redirect_uri"]);
        Assert.Equal("S256", query["code_challenge_method"]);
        Assert.Equal("code", query["response_type"]);
        Assert.Equal(scope, query["scope"]);
        Assert.DoesNotContain("secret-place", address.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(ProviderProcess.ClientSecret, address.ToString(), StringComparison.Ordinal);
        var cookie = Assert.Single(begun.SetCookies);
        Assert.StartsWith("chat_external_begun_", cookie, StringComparison.Ordinal);
        Assert.Contains("; httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("; samesite=lax", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("; secure", cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_https_the_cookies_are_secure_and_the_address_is_https()
    {
        await using var site = await providers.StartSiteAsync(new Dictionary<string, string?> { ["Auth:Issuer"] = "https://chat.example" });
        using var client = site.Identity.CreateClient();

        var begun = (await client.ReadAsync("/api/v1/auth/external/github")).Expect(HttpStatusCode.Redirect);

        Assert.Contains("redirect_uri=https%3A%2F%2Fchat.example%2Fapi%2Fv1%2Fauth%2Fexternal%2Fgithub%2Fcallback", begun.Headers.Location?.ToString(), StringComparison.Ordinal);
        Assert.Contains("; secure", Assert.Single(begun.SetCookies), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("google", "somebody")]
    [InlineData("github", "somebody")]
    public async Task Somebody_new_registers_with_a_verified_address_and_comes_back_by_the_same_login(string provider, string name)
    {
        var site = providers.Site;
        using var browser = site.Open(name);
        await browser.TellProvidersAsync(displayName: "Some Body 🐢");

        var landing = await browser.GoAsync(provider, "?returnUrl=/invite/abc");

        Assert.Equal("/invite/abc", landing.Path);
        landing.Expect("registration_required");
        Assert.False(browser.HasSession);
        var pending = (await browser.GetAsync("auth/external/pending")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(provider, pending.GetProperty("provider").GetString());
        Assert.Equal(browser.Email, pending.GetProperty("email").GetString());
        Assert.Equal(browser.Name, pending.GetProperty("suggestedUsername").GetString());
        Assert.Equal("Some Body 🐢", pending.GetProperty("displayName").GetString());

        var registered = (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name, displayName = "Me" })).Expect(HttpStatusCode.Created);

        Assert.Equal(browser.Name, registered.Body.GetProperty("user").GetProperty("username").GetString());
        var me = (await browser.GetAsync("users/@me")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal((browser.Email, "Me"), (me.GetProperty("email").GetString(), me.GetProperty("displayName").GetString()));
        Assert.Null(browser.CookieOf("chat_external"));

        (await browser.CallAsync(HttpMethod.Post, "auth/logout")).Expect(HttpStatusCode.NoContent);
        (await browser.GoAsync(provider)).Expect("signed_in");
        Assert.Equal(me.GetProperty("id").GetGuid(), (await browser.GetAsync("users/@me")).Expect(HttpStatusCode.OK).Body.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_remembered_sign_in_outlives_the_browser_and_another_does_not()
    {
        var site = providers.Site;
        using var browser = site.Open();
        await browser.TellProvidersAsync();
        await browser.GoAsync("google", "?remember=true");
        var registered = (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name })).Expect(HttpStatusCode.Created);

        var callback = await browser.ReturnAsync(await browser.BeginAsync("google"));
        var plain = (await browser.OpenAsync(callback.ToString(), "cross-site")).Expect(HttpStatusCode.Redirect);

        Assert.Contains("max-age", registered.SetCookies.Single(c => c.StartsWith("chat_session=", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("max-age", plain.SetCookies.Single(c => c.StartsWith("chat_session=", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal("no-store", plain.Headers.CacheControl?.ToString());
        Assert.Contains("no-referrer", plain.Headers.GetValues("Referrer-Policy"));
    }

    [Theory]
    [InlineData("google")]
    [InlineData("github")]
    public async Task An_address_verified_on_both_sides_links_the_login_and_signs_in(string provider)
    {
        var site = providers.Site;
        using var browser = site.Open();
        await browser.SignUpAsync();
        using var elsewhere = new Browser(site, browser.Name);
        await elsewhere.TellProvidersAsync(email: browser.Email.ToUpperInvariant());

        (await elsewhere.GoAsync(provider)).Expect("signed_in");

        Assert.Equal(browser.Name, (await elsewhere.GetAsync("users/@me")).Expect(HttpStatusCode.OK).Body.GetProperty("username").GetString());
        Assert.Equal([provider], await elsewhere.LinkedAsync());
        Assert.Contains("linked to your account", await browser.MailedTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("google")]
    [InlineData("github")]
    public async Task An_address_that_the_provider_has_not_verified_opens_nothing_whether_it_has_an_account_or_not(string provider)
    {
        var site = providers.Site;
        using var owner = site.Open();
        await owner.SignUpAsync();
        using var impostor = site.Open();
        await impostor.TellProvidersAsync(email: owner.Email, verified: false);
        using var stranger = site.Open();
        await stranger.TellProvidersAsync(verified: false);

        (await impostor.GoAsync(provider)).Expect("error", "external_email_not_verified");
        (await stranger.GoAsync(provider)).Expect("error", "external_email_not_verified");

        foreach (var browser in new[] { impostor, stranger })
        {
            Assert.False(browser.HasSession);
            Assert.Null(browser.CookieOf("chat_external"));
            (await browser.GetAsync("auth/external/pending")).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        }

        Assert.Empty(await owner.LinkedAsync());
    }

    [Fact]
    public async Task An_address_that_was_only_typed_here_gives_no_claim_to_who_registers_with_it_verified()
    {
        var site = providers.Site;
        using var squatter = site.Open();
        using var owner = site.Open();
        (await squatter.CallAsync(HttpMethod.Post, "auth/register", Calls.Registration(squatter.Name, owner.Email))).Expect(HttpStatusCode.Created);
        await owner.TellProvidersAsync();

        (await owner.GoAsync("google")).Expect("registration_required");
        (await owner.CallAsync(HttpMethod.Post, "auth/external/register", new { username = owner.Name })).Expect(HttpStatusCode.Created);

        (await squatter.CallAsync(HttpMethod.Post, "auth/login", new { login = squatter.Name, password = Calls.Password })).ExpectProblem(HttpStatusCode.Forbidden, "email_not_verified");
        Assert.Equal(owner.Name, (await owner.GetAsync("users/@me")).Body.GetProperty("username").GetString());
    }

    [Fact]
    public async Task A_disabled_account_is_told_so_and_comes_back_when_it_is_asked_for()
    {
        var site = providers.Site;
        using var browser = site.Open();
        await browser.RegisterByAsync("github");
        (await browser.CallAsync(HttpMethod.Post, "users/@me/disable", new { })).Expect(HttpStatusCode.NoContent);
        using var again = new Browser(site, browser.Name);

        (await again.GoAsync("github")).Expect("error", "account_disabled");
        Assert.False(again.HasSession);
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { })).ExpectProblem(HttpStatusCode.Forbidden, "account_disabled");
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { reactivate = true })).Expect(HttpStatusCode.OK);

        (await again.GetAsync("users/@me")).Expect(HttpStatusCode.OK);
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { reactivate = true })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
    }

    [Fact]
    public async Task A_suspended_account_stays_shut_and_having_its_address_links_nothing()
    {
        var site = providers.Site;
        using var browser = site.Open();
        await browser.SignUpAsync();
        await browser.TellProvidersAsync();
        await site.SetStateAsync(browser.Name, AccountStates.Suspended);
        using var again = new Browser(site, browser.Name);

        (await again.GoAsync("google")).Expect("error", "account_suspended");

        Assert.False(again.HasSession);
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { reactivate = true })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        await site.SetStateAsync(browser.Name, AccountStates.Active);
        Assert.Empty(await browser.LinkedAsync());
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("\\\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("evil")]
    [InlineData("")]
    [InlineData("/\t/evil.example")]
    [InlineData("/a\r\nSet-Cookie: a=b")]
    [InlineData("/a b")]
    [InlineData("/\u00e4")]
    [InlineData("/\u0000")]
    [InlineData("/a/..//evil.example")]
    public async Task Only_a_path_of_this_site_is_returned_to(string returnUrl)
    {
        var site = providers.Site;
        using var browser = site.Open();

        (await browser.GetAsync($"auth/external/google?returnUrl={Uri.EscapeDataString(returnUrl)}")).ExpectFieldErrors("returnUrl:invalid");
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused()
    {
        var site = providers.Site;
        using var browser = site.Open();

        (await browser.GetAsync($"auth/external/google?returnUrl=/{new string('a', 512)}")).ExpectFieldErrors("returnUrl:invalid");
        (await browser.GetAsync("auth/external/google?link=perhaps")).ExpectProblem(HttpStatusCode.BadRequest, "malformed_request");
    }

    [Theory]
    [InlineData("/", "/?external=error&code=access_denied")]
    [InlineData("/c/1?a=%2F&b=c#d", "/c/1?a=%2F&b=c&external=error&code=access_denied#d")]
    [InlineData("/login?external=error&code=old&next=1", "/login?next=1&external=error&code=access_denied")]
    [InlineData("/join?code=abc", "/join?code=abc&external=error&code=access_denied")]
    [InlineData("/?u=//evil.example", "/?u=//evil.example&external=error&code=access_denied")]
    public async Task The_page_that_was_asked_for_is_returned_to_with_how_it_went(string returnUrl, string expected)
    {
        var site = providers.Site;
        using var browser = site.Open();
        await browser.TellProvidersAsync(refuses: "access_denied");

        var landing = await browser.GoAsync("google", $"?returnUrl={Uri.EscapeDataString(returnUrl)}");

        Assert.Equal(expected, landing.Address.PathAndQuery + landing.Address.Fragment);
    }
}
