using System.Net;
using Chat.Stores;
using Npgsql;

namespace Chat.Identity.Tests.External;

[Collection<ExternalCollection>]
public sealed class ExternalFailureTests(ExternalProvider providers, IdentityStores stores)
{
    private readonly ExternalSite _site = providers.Site;

    [Theory]
    [InlineData("access_denied", "access_denied")]
    [InlineData("server_error", "provider_unavailable")]
    [InlineData("temporarily_unavailable", "provider_unavailable")]
    [InlineData("invalid_scope", "provider_failed")]
    [InlineData("<script>", "provider_failed")]
    public async Task The_providers_refusal_becomes_a_code(string error, string code)
    {
        using var browser = _site.Open();
        await browser.TellProvidersAsync(refuses: error);

        var landing = await browser.GoAsync("google", "?returnUrl=/login");

        landing.Expect("error", code);
        Assert.Equal("/login", landing.Path);
        ExpectNothing(browser);
    }

    [Theory]
    [InlineData("google", "token")]
    [InlineData("google", "userinfo")]
    [InlineData("github", "token")]
    [InlineData("github", "user")]
    [InlineData("github", "emails")]
    public async Task A_provider_that_answers_badly_or_not_at_all_becomes_a_code(string provider, string endpoint)
    {
        (object Fault, string Code)[] faults =
        [
            ("broken", "provider_unavailable"), ("junk", "provider_failed"), ("huge", "provider_failed"), ("redirect", "provider_failed"), (403, "provider_failed"), (429, "provider_failed"),
            (new { body = (object?)null }, "provider_failed"), (new { body = "text" }, "provider_failed"), (new { body = new { error = "bad_verification_code" } }, "provider_failed"),
            (new { body = new { access_token = "a\nb" } }, "provider_failed"), (new { body = new { access_token = new string('a', 5000) } }, "provider_failed"),
            (new { body = new { sub = new string('1', 200), id = -1 } }, "provider_failed"), (new { body = new { sub = "a\u0000b", id = 1.5 } }, "provider_failed"),
            (new { body = new { sub = new { }, id = "1" } }, "provider_failed"),
        ];
        foreach (var (fault, code) in faults)
        {
            using var browser = _site.Open();
            await browser.TellProvidersAsync(faults: new Dictionary<string, object> { [endpoint] = fault });

            var landing = await browser.GoAsync(provider, "?returnUrl=/login");

            Assert.True(landing is { Outcome: "error", Path: "/login" } && landing.Code == code, $"{fault}: {landing}");
            ExpectNothing(browser);
        }
    }

    [Theory]
    [InlineData("google", "token", "silent")]
    [InlineData("google", "userinfo", "silent")]
    [InlineData("github", "emails", "silent")]
    [InlineData("github", "user", 503)]
    public async Task A_provider_that_takes_too_long_or_is_down_is_not_waited_for(string provider, string endpoint, object fault)
    {
        await using var site = fault is "silent" ? await providers.StartSiteAsync(new Dictionary<string, string?> { ["External:Timeout"] = "00:00:02" }) : null;
        using var browser = (site ?? _site).Open();
        await browser.TellProvidersAsync(faults: new Dictionary<string, object> { [endpoint] = fault });

        (await browser.GoAsync(provider)).Expect("error", "provider_unavailable");

        ExpectNothing(browser);
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_is_a_code_too()
    {
        await using var site = await providers.StartSiteAsync(new Dictionary<string, string?> { ["External:Google:TokenEndpoint"] = $"http://127.0.0.1:{NodePackage.FreePort()}/token" });
        using var browser = site.Open();
        await browser.TellProvidersAsync();

        (await browser.GoAsync("google")).Expect("error", "provider_unavailable");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?code=a")]
    [InlineData("?state=")]
    [InlineData("?code=a&state=a")]
    [InlineData("?code=a&state=%00%ff")]
    [InlineData("?error=access_denied")]
    [InlineData("?error=access_denied&state=CfDJ8")]
    [InlineData("?code=a&code=b&state=a&state=b")]
    public async Task A_callback_without_a_state_of_ours_is_refused(string query)
    {
        using var browser = _site.Open();

        var landing = await browser.FollowAsync(new Uri(_site.Address, $"/api/v1/auth/external/github/callback{query}"));

        landing.Expect("error", "invalid_state");
        Assert.Equal("/", landing.Path);
        ExpectNothing(browser);
    }

    [Fact]
    public async Task A_state_is_good_for_its_provider_its_browser_and_one_time()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");
        (await browser.CallAsync(HttpMethod.Post, "auth/logout")).Expect(HttpStatusCode.NoContent);
        var callback = await browser.ReturnAsync(await browser.BeginAsync("google", "?returnUrl=/a"));
        using var other = _site.Open();

        (await other.FollowAsync(callback)).Expect("error", "invalid_state");
        (await browser.FollowAsync(new Uri(callback.ToString().Replace("/google/", "/github/", StringComparison.Ordinal)))).Expect("error", "invalid_state");
        Assert.False(browser.HasSession || other.HasSession);
        (await browser.FollowAsync(callback)).Expect("signed_in");
        (await browser.CallAsync(HttpMethod.Post, "auth/logout")).Expect(HttpStatusCode.NoContent);
        (await browser.FollowAsync(callback)).Expect("error", "invalid_state");
        Assert.False(browser.HasSession);
    }

    [Fact]
    public async Task A_code_of_somebody_elses_is_of_no_use_with_a_state_of_ones_own()
    {
        using var victim = _site.Open();
        await victim.TellProvidersAsync();
        using var thief = _site.Open();
        await thief.TellProvidersAsync();
        var stolen = Query(await victim.ReturnAsync(await victim.BeginAsync("google")), "code");
        var own = await thief.ReturnAsync(await thief.BeginAsync("google"));

        var landing = await thief.FollowAsync(new Uri(own.ToString().Replace(Query(own, "code"), stolen, StringComparison.Ordinal)));

        // PKCE: the verifier in the thief's state does not fit.
        landing.Expect("error", "provider_failed");
        ExpectNothing(thief);
    }

    [Fact]
    public async Task Whoever_takes_longer_than_ten_minutes_begins_again()
    {
        var clock = new OffsetClock();
        await using var site = await providers.StartSiteAsync(services: services => services.AddClock(clock));
        using var browser = site.Open();
        await browser.TellProvidersAsync();
        var callback = await browser.ReturnAsync(await browser.BeginAsync("google", "?returnUrl=/a"));

        clock.Advance(TimeSpan.FromMinutes(10));

        var landing = await browser.FollowAsync(callback);
        landing.Expect("error", "invalid_state");
        Assert.Equal("/a", landing.Path);
        ExpectNothing(browser);
    }

    [Fact]
    public async Task A_database_that_is_away_is_a_code_and_the_next_try_succeeds()
    {
        var store = new NpgsqlConnectionStringBuilder(await stores.CreateDatabaseAsync());
        await using var gate = new TcpGate(store.Host ?? "", store.Port);
        (store.Host, store.Port) = ("127.0.0.1", gate.Port);
        await using var site = await providers.StartSiteAsync(new Dictionary<string, string?> { ["ConnectionStrings:identitydb"] = store.ConnectionString });
        using var browser = site.Open();
        await browser.TellProvidersAsync();
        var callback = await browser.ReturnAsync(await browser.BeginAsync("google", "?returnUrl=/login"));

        gate.Shut();
        var landing = await browser.FollowAsync(callback);
        gate.Open();

        landing.Expect("error", "unavailable");
        Assert.Equal("/login", landing.Path);
        Assert.False(browser.HasSession);
        await Eventually.HoldsAsync("the database to be found again", async () => (await browser.GoAsync("google")).Outcome == "registration_required");
    }

    [Fact]
    public async Task Nobody_makes_us_ask_a_provider_without_end()
    {
        await using var site = await providers.StartSiteAsync(new Dictionary<string, string?> { ["External:PerAddress"] = "2", ["ConnectionStrings:redis"] = stores.RedisOfItsOwn() });
        using var browser = site.Open();
        await browser.TellProvidersAsync(refuses: null);

        (await browser.GoAsync("google")).Expect("registration_required");
        (await browser.GoAsync("google")).Expect("registration_required");
        (await browser.GoAsync("google")).Expect("error", "too_many_attempts");
    }

    [Theory]
    [InlineData("External:Google:ClientSecret", "")]
    [InlineData("External:Google:TokenEndpoint", "accounts.example/token")]
    [InlineData("External:GitHub:EmailsEndpoint", "file:///etc/passwd")]
    [InlineData("External:Timeout", "00:00:30")]
    public async Task Configuration_that_makes_no_sense_stops_the_service_at_its_start(string key, string value)
    {
        var settings = new Dictionary<string, string?>(_site.Provider.Settings()) { [key] = value };
        var database = await stores.CreateDatabaseAsync();

        var refusal = Assert.ThrowsAny<Exception>(() => stores.Start(database, settings));

        Assert.Contains(key.Split(':')[^1], refusal.Message, StringComparison.Ordinal);
    }

    private static string Query(Uri address, string name) => Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query)[name].ToString();

    private static void ExpectNothing(Browser browser)
    {
        Assert.False(browser.HasSession);
        Assert.Null(browser.CookieOf("chat_external"));
    }
}
