using System.Net;

namespace Chat.Identity.Tests.External;

[Collection<ExternalCollection>]
public sealed class ExternalLinkTests(ExternalProvider providers)
{
    private readonly ExternalSite _site = providers.Site;

    [Fact]
    public async Task Whoever_is_signed_in_links_a_login_whatever_its_address_and_signs_in_by_it_from_then_on()
    {
        using var browser = _site.Open();
        await browser.SignUpAsync();
        await browser.TellProvidersAsync(email: "other@example.org", verified: false);

        (await browser.GoAsync("github", "?link=true&returnUrl=/settings")).Expect("linked");
        (await browser.GoAsync("github", "?link=true")).Expect("linked");

        Assert.Equal(["github"], await browser.LinkedAsync());
        Assert.Contains("linked to your account", await browser.MailedTextAsync(), StringComparison.Ordinal);
        using var elsewhere = new Browser(_site, browser.Name);
        (await elsewhere.GoAsync("github")).Expect("signed_in");
        Assert.Equal(browser.Name, (await elsewhere.GetAsync("users/@me")).Body.GetProperty("username").GetString());
    }

    [Fact]
    public async Task A_login_of_one_account_is_not_linked_to_another()
    {
        using var first = _site.Open();
        await first.RegisterByAsync("google", id: "4711");
        using var second = _site.Open();
        await second.SignUpAsync();
        await second.TellProvidersAsync(id: "4711");

        (await second.GoAsync("google", "?link=true")).Expect("error", "already_linked");

        Assert.Empty(await second.LinkedAsync());
        Assert.Equal(["google"], await first.LinkedAsync());
    }

    [Fact]
    public async Task An_account_has_one_login_of_each_provider()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");
        await browser.TellProvidersAsync();

        (await browser.GoAsync("google", "?link=true")).Expect("error", "other_login_linked");
        using var namesake = new Browser(_site, browser.Name);
        (await namesake.GoAsync("google")).Expect("error", "external_not_linked");

        Assert.False(namesake.HasSession);
    }

    [Fact]
    public async Task Linking_asks_for_a_session_with_a_fresh_proof()
    {
        var clock = new OffsetClock();
        await using var site = await providers.StartSiteAsync(services: services => services.AddClock(clock));
        using var stranger = site.Open();
        using var browser = site.Open();
        await browser.SignUpAsync();

        (await stranger.GetAsync("auth/external/google?link=true")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        clock.Advance(TimeSpan.FromMinutes(6));
        var refused = (await browser.GetAsync("auth/external/google?link=true")).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");

        Assert.Equal("password", refused.Body.GetProperty("methods")[0].GetString());
        (await browser.CallAsync(HttpMethod.Delete, "auth/external/google")).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await browser.GetAsync("auth/external/google")).Expect(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task No_other_site_makes_a_browser_link()
    {
        using var browser = _site.Open();
        await browser.SignUpAsync();
        const string Link = "/api/v1/auth/external/google?link=true";

        foreach (var (fetchSite, referer) in new[] { ("cross-site", null), ("cross-site", "http://evil.example/"), ("same-site", null), ("none", null), (null, null), (null, "http://evil.example/") })
            (await browser.OpenAsync(Link, fetchSite, referer)).ExpectProblem(HttpStatusCode.Forbidden, "origin_not_allowed");

        (await browser.OpenAsync(Link)).Expect(HttpStatusCode.Redirect);
        (await browser.OpenAsync(Link, fetchSite: null, referer: new Uri(_site.Address, "/settings").ToString())).Expect(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_login_that_somebody_else_set_out_with_is_neither_linked_nor_signed_in_to()
    {
        using var attacker = _site.Open();
        await attacker.SignUpAsync();
        await attacker.TellProvidersAsync();
        using var victim = _site.Open();
        await victim.SignUpAsync();
        var linking = await attacker.ReturnAsync(await attacker.BeginAsync("github", "?link=true"));
        var signingIn = await attacker.ReturnAsync(await attacker.BeginAsync("google"));

        (await victim.FollowAsync(linking)).Expect("error", "invalid_state");
        (await victim.FollowAsync(signingIn)).Expect("error", "invalid_state");

        Assert.Empty(await victim.LinkedAsync());
        Assert.Equal(victim.Name, (await victim.GetAsync("users/@me")).Body.GetProperty("username").GetString());
        Assert.Null(victim.CookieOf("chat_external"));
    }

    [Fact]
    public async Task Linking_ends_with_the_session_that_asked_for_it()
    {
        using var browser = _site.Open();
        await browser.SignUpAsync();
        await browser.TellProvidersAsync();
        using var other = _site.Open();
        await other.SignUpAsync();
        var begun = await browser.BeginAsync("google", "?link=true");
        (await browser.CallAsync(HttpMethod.Post, "auth/login", new { login = other.Name, password = Calls.Password })).Expect(HttpStatusCode.OK);

        (await browser.FollowAsync(begun)).Expect("error", "session_changed");
        var begunAgain = await browser.BeginAsync("google", "?link=true");
        (await browser.CallAsync(HttpMethod.Post, "auth/logout")).Expect(HttpStatusCode.NoContent);
        (await browser.FollowAsync(begunAgain)).Expect("error", "session_changed");

        Assert.Empty(await other.LinkedAsync());
    }

    [Fact]
    public async Task A_token_with_scopes_links_and_unlinks_nothing()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");
        var token = (await browser.CallAsync(HttpMethod.Post, "auth/tokens", new { name = "t", scopes = new[] { "account:read" } })).Expect(HttpStatusCode.Created).Body.GetProperty("token").GetString();
        using var script = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = _site.Address };
        script.DefaultRequestHeaders.Authorization = new("Bearer", token);
        script.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");

        (await script.ReadAsync("/api/v1/auth/external/github?link=true")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await script.SendAsync(HttpMethod.Delete, "/api/v1/auth/external/google")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        Assert.DoesNotContain("linked", (await script.ReadAsync("/api/v1/auth/external")).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_way_in_is_not_removed()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");

        (await browser.CallAsync(HttpMethod.Delete, "auth/external/google")).ExpectProblem(HttpStatusCode.Conflict, "last_way_in");
        (await browser.CallAsync(HttpMethod.Delete, "auth/external/github")).ExpectProblem(HttpStatusCode.NotFound, "not_linked");

        Assert.Equal(["google"], await browser.LinkedAsync());
    }

    [Fact]
    public async Task Of_two_removals_at_once_one_wins()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");
        (await browser.GoAsync("github", "?link=true")).Expect("linked");

        var answers = await Task.WhenAll(
            browser.CallAsync(HttpMethod.Delete, "auth/external/google"), browser.CallAsync(HttpMethod.Delete, "auth/external/github"));

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.Conflict], answers.Select(a => a.Status).Order());
        Assert.Single(await browser.LinkedAsync());
    }

    [Fact]
    public async Task A_login_that_was_removed_does_not_come_back_by_its_address_but_by_its_owner()
    {
        using var browser = _site.Open();
        await browser.SignUpAsync();
        await browser.TellProvidersAsync();
        (await browser.GoAsync("google", "?link=true")).Expect("linked");

        (await browser.CallAsync(HttpMethod.Delete, "auth/external/google")).Expect(HttpStatusCode.NoContent);

        Assert.Contains("removed from your account", await browser.MailedTextAsync(), StringComparison.Ordinal);
        using var elsewhere = new Browser(_site, browser.Name);
        (await elsewhere.GoAsync("google")).Expect("error", "external_not_linked");
        Assert.False(elsewhere.HasSession);
        (await elsewhere.GoAsync("github")).Expect("signed_in");
        (await browser.GoAsync("google", "?link=true")).Expect("linked");
        (await elsewhere.GoAsync("google")).Expect("signed_in");
    }

    [Fact]
    public async Task Removing_a_login_ends_the_other_sessions_if_asked_to()
    {
        using var browser = _site.Open();
        await browser.SignUpAsync();
        await browser.TellProvidersAsync();
        (await browser.GoAsync("google", "?link=true")).Expect("linked");
        using var elsewhere = new Browser(_site, browser.Name);
        (await elsewhere.GoAsync("google")).Expect("signed_in");

        (await browser.CallAsync(HttpMethod.Delete, "auth/external/google?endOtherSessions=true")).Expect(HttpStatusCode.NoContent);

        (await elsewhere.GetAsync("users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await browser.GetAsync("users/@me")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_login_of_a_provider_that_is_not_configured_any_more_is_no_way_in_and_can_be_removed()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");
        (await browser.GoAsync("github", "?link=true")).Expect("linked");
        await using var successor = await providers.StartSiteAsync(
            new Dictionary<string, string?> { ["ConnectionStrings:identitydb"] = _site.Database, ["External:GitHub:ClientId"] = "" });
        using var there = new Browser(successor, browser.Name);
        (await there.GoAsync("google")).Expect("signed_in");

        (await there.CallAsync(HttpMethod.Delete, "auth/external/google")).ExpectProblem(HttpStatusCode.Conflict, "last_way_in");
        (await there.CallAsync(HttpMethod.Delete, "auth/external/github")).Expect(HttpStatusCode.NoContent);
    }
}
