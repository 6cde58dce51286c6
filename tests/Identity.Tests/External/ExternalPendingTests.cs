using System.Net;
using Chat.Identity.Tests.TwoFactor;

namespace Chat.Identity.Tests.External;

[Collection<ExternalCollection>]
public sealed class ExternalPendingTests(ExternalProvider providers)
{
    private readonly ExternalSite _site = providers.Site;

    [Fact]
    public async Task What_was_finished_cannot_be_finished_again()
    {
        using var browser = _site.Open();
        await browser.TellProvidersAsync();
        (await browser.GoAsync("google")).Expect("registration_required");
        var ticket = browser.CookieOf("chat_external") ?? throw new InvalidOperationException("No cookie.");
        using var replaying = _site.Open();
        replaying.Cookies.Add(_site.Address, new Cookie("chat_external", ticket, "/api/v1/auth/external"));

        (await replaying.GetAsync("auth/external/pending")).Expect(HttpStatusCode.OK);
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name })).Expect(HttpStatusCode.Created);

        (await replaying.GetAsync("auth/external/pending")).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        (await replaying.CallAsync(HttpMethod.Post, "auth/external/register", new { username = replaying.Name })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        (await replaying.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        Assert.False(replaying.HasSession);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Without_a_ticket_there_is_nothing_to_finish(string? cookie)
    {
        using var browser = _site.Open();
        if (cookie is not null)
            browser.Cookies.Add(_site.Address, new Cookie("chat_external", cookie, "/"));

        (await browser.GetAsync("auth/external/pending")).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        (await browser.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = "123456" })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        (await browser.CallAsync(HttpMethod.Post, "auth/external/sign-in/email-code")).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
    }

    [Fact]
    public async Task A_ticket_is_good_for_ten_minutes()
    {
        var clock = new OffsetClock();
        await using var site = await providers.StartSiteAsync(services: services => services.AddClock(clock));
        using var browser = site.Open();
        await browser.TellProvidersAsync();
        (await browser.GoAsync("github")).Expect("registration_required");

        clock.Advance(TimeSpan.FromMinutes(10));

        (await browser.GetAsync("auth/external/pending")).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
    }

    [Fact]
    public async Task A_name_that_is_taken_or_wrong_leaves_the_ticket_for_another()
    {
        using var other = _site.Open();
        await other.SignUpAsync();
        using var browser = _site.Open();
        await browser.TellProvidersAsync(displayName: "a\u202eb");
        (await browser.GoAsync("google")).Expect("registration_required");
        Assert.False((await browser.GetAsync("auth/external/pending")).Expect(HttpStatusCode.OK).Body.TryGetProperty("displayName", out var name) && name.ValueKind is not System.Text.Json.JsonValueKind.Null);

        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = other.Name.ToUpperInvariant() })).ExpectProblem(HttpStatusCode.Conflict, "username_taken");
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { })).ExpectFieldErrors("username:required");
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = "a", displayName = "\u202e" })).ExpectFieldErrors("username:invalid", "displayName:invalid");
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = "everyone" })).ExpectFieldErrors("username:reserved");
        Assert.False(browser.HasSession);
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name })).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_suggested_name_can_be_taken()
    {
        using var first = _site.Open();
        await first.SignUpAsync();
        using var second = _site.Open();
        await second.TellProvidersAsync(email: $"{first.Name}@other.example");
        (await second.GoAsync("google")).Expect("registration_required");

        var suggested = (await second.GetAsync("auth/external/pending")).Expect(HttpStatusCode.OK).Body.GetProperty("suggestedUsername").GetString();

        Assert.NotEqual(first.Name, suggested);
        Assert.StartsWith(first.Name, suggested, StringComparison.Ordinal);
        (await second.CallAsync(HttpMethod.Post, "auth/external/register", new { username = suggested })).Expect(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("root@example.org", "newcomer")]
    [InlineData("a@example.org", "newcomer")]
    [InlineData("-A.b+c@example.org", "a.b_c")]
    public async Task A_suggested_name_follows_the_rules(string email, string stem)
    {
        using var browser = _site.Open();
        await browser.TellProvidersAsync(email: email);
        (await browser.GoAsync("google")).Expect("registration_required");

        var suggested = (await browser.GetAsync("auth/external/pending")).Expect(HttpStatusCode.OK).Body.GetProperty("suggestedUsername").GetString();

        Assert.StartsWith(stem, suggested, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_parallel_registrations_with_one_ticket_one_succeeds()
    {
        using var browser = _site.Open();
        await browser.TellProvidersAsync();
        (await browser.GoAsync("google")).Expect("registration_required");

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = $"{browser.Name[..20]}{i}" })));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        foreach (var answer in answers.Where(answer => answer.Status != HttpStatusCode.Created))
            answer.ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
    }

    [Fact]
    public async Task Who_verified_the_address_first_has_it()
    {
        using var slow = _site.Open();
        await slow.TellProvidersAsync();
        (await slow.GoAsync("google")).Expect("registration_required");
        using var fast = new Browser(_site, slow.Name);
        (await fast.GoAsync("github")).Expect("registration_required");
        (await fast.CallAsync(HttpMethod.Post, "auth/external/register", new { username = fast.Name })).Expect(HttpStatusCode.Created);

        (await slow.CallAsync(HttpMethod.Post, "auth/external/register", new { username = $"{slow.Name[..20]}x" })).ExpectProblem(HttpStatusCode.Conflict, "email_taken");

        Assert.False(slow.HasSession);
        (await slow.GoAsync("google")).Expect("signed_in");
        Assert.Equal(fast.Name, (await slow.GetAsync("users/@me")).Body.GetProperty("username").GetString());
    }

    [Fact]
    public async Task A_login_that_was_linked_in_the_meantime_makes_no_account()
    {
        using var browser = _site.Open();
        await browser.TellProvidersAsync();
        (await browser.GoAsync("google")).Expect("registration_required");
        using var owner = new Browser(_site, browser.Name);
        using var account = _site.Open();
        await account.SignUpAsync();
        (await owner.CallAsync(HttpMethod.Post, "auth/login", new { login = account.Name, password = Calls.Password })).Expect(HttpStatusCode.OK);
        (await owner.GoAsync("google", "?link=true")).Expect("linked");

        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name })).ExpectProblem(HttpStatusCode.Conflict, "already_linked");

        (await browser.CallAsync(HttpMethod.Post, "auth/login", new { login = browser.Name, password = Calls.Password })).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Fact]
    public async Task An_account_with_a_second_factor_asks_for_it()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");
        var app = await AddAppAsync(browser);
        using var again = new Browser(_site, browser.Name);

        (await again.GoAsync("google", "?remember=true")).Expect("two_factor_required");

        Assert.False(again.HasSession);
        (await again.GetAsync("auth/external/pending")).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        (await again.CallAsync(HttpMethod.Post, "auth/external/register", new { username = $"{again.Name[..20]}x" })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
        var asked = (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { })).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        Assert.Contains("totp", asked.Body.GetProperty("methods").EnumerateArray().Select(m => m.GetString()));
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in/email-code")).ExpectProblem(HttpStatusCode.NotFound, "factor_not_found");
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = app.WrongCode() })).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = new string('1', 65) })).ExpectFieldErrors("code:too_long");
        var signedIn = (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = app.Code(1) })).Expect(HttpStatusCode.OK);

        Assert.Contains("max-age", signedIn.SetCookies.Single(c => c.StartsWith("chat_session=", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(browser.Name, (await again.GetAsync("users/@me")).Expect(HttpStatusCode.OK).Body.GetProperty("username").GetString());
        Assert.Null(again.CookieOf("chat_external"));
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = app.Code(1) })).ExpectProblem(HttpStatusCode.NotFound, "no_pending_sign_in");
    }

    [Fact]
    public async Task Having_the_address_links_nothing_before_the_second_factor_is_shown()
    {
        using var browser = _site.Open();
        await browser.SignUpAsync();
        var app = await AddAppAsync(browser);
        await browser.TellProvidersAsync();
        using var again = new Browser(_site, browser.Name);

        (await again.GoAsync("github")).Expect("two_factor_required");
        Assert.Empty(await browser.LinkedAsync());
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = app.Code(1) })).Expect(HttpStatusCode.OK);

        Assert.Equal(["github"], await browser.LinkedAsync());
    }

    [Fact]
    public async Task A_mailed_code_is_a_second_factor_as_well()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");
        await AddAppAsync(browser);
        (await browser.CallAsync(HttpMethod.Post, "auth/two-factor/email", new { })).Expect(HttpStatusCode.Accepted);
        (await browser.CallAsync(HttpMethod.Post, "auth/two-factor/email/confirm", new { code = await MailedCodeAsync(browser) })).Expect(HttpStatusCode.OK);
        using var again = new Browser(_site, browser.Name);
        (await again.GoAsync("google")).Expect("two_factor_required");

        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in/email-code")).Expect(HttpStatusCode.Accepted);

        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = await MailedCodeAsync(browser) })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_second_factor_is_shown_once_where_the_account_is_disabled_besides()
    {
        using var browser = _site.Open();
        await browser.RegisterByAsync("google");
        var app = await AddAppAsync(browser);
        (await browser.CallAsync(HttpMethod.Post, "users/@me/disable", new { })).Expect(HttpStatusCode.NoContent);
        using var again = new Browser(_site, browser.Name);
        (await again.GoAsync("google")).Expect("two_factor_required");

        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { reactivate = true })).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required");
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = app.Code(1) })).ExpectProblem(HttpStatusCode.Forbidden, "account_disabled");
        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { reactivate = true })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Removing_the_login_ends_what_was_pending_by_it()
    {
        using var browser = _site.Open();
        await browser.SignUpAsync();
        await browser.TellProvidersAsync();
        (await browser.GoAsync("google", "?link=true")).Expect("linked");
        var app = await AddAppAsync(browser);
        using var again = new Browser(_site, browser.Name);
        (await again.GoAsync("google")).Expect("two_factor_required");

        (await browser.CallAsync(HttpMethod.Delete, "auth/external/google")).Expect(HttpStatusCode.NoContent);

        (await again.CallAsync(HttpMethod.Post, "auth/external/sign-in", new { code = app.Code(1) })).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.False(again.HasSession);
    }

    private async Task<string> MailedCodeAsync(Browser browser)
    {
        using var identity = _site.Identity.CreateClient();
        return await Stores.Accounts.MailedCodeAsync(identity, browser.Email, Calls.Cancel);
    }

    private static async Task<AppOfAPerson> AddAppAsync(Browser browser)
    {
        var begun = (await browser.CallAsync(HttpMethod.Post, "auth/two-factor/totp", new { })).Expect(HttpStatusCode.OK);
        var app = new AppOfAPerson(begun.Body.GetProperty("uri").GetString() ?? "", TimeProvider.System);
        (await browser.CallAsync(HttpMethod.Post, "auth/two-factor/totp/confirm", new { code = app.Code() })).Expect(HttpStatusCode.OK);
        return app;
    }
}
