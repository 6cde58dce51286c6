using System.Net;
using System.Text.RegularExpressions;

namespace Chat.Identity.Tests.OAuth;

/// <summary>Who has to sign in, who is asked, and who is not.</summary>
public sealed partial class ConsentTests(IdentityStores stores) : IAsyncLifetime
{
    private readonly HttpClient _anyone = stores.Shared.CreateClient();
    private HttpClient _person = new();
    private OAuthApp _app = new("", null, "", "");
    private (string Username, string Token, Guid Session, string Cookie) _account;

    public async ValueTask InitializeAsync()
    {
        _account = await stores.Shared.NewPersonAsync();
        _person = stores.Shared.CreateClient(_account.Token);
        _app = await OAuthApp.RegisterAsync(_person, name: "<b>\"Möwe\" & 'co'</b>");
    }

    public ValueTask DisposeAsync()
    {
        _anyone.Dispose();
        _person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_is_asked_to()
    {
        var page = ExpectPage(await _app.AuthorizeAsync(_anyone, ("login_hint", "\"><script>alert(1)</script>")));

        Assert.Contains("id=\"sign-in\"", page.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"&quot;&gt;&lt;script&gt;", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page.Text, StringComparison.Ordinal);
        Assert.Equal("login_required", OAuthApp.Redirected(await _app.AuthorizeAsync(_anyone, ("prompt", "none")))["error"]);
        (await _app.DecideAsync(_anyone, "allow")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task The_page_says_who_asks_for_what_and_of_whom()
    {
        var page = ExpectPage(await _app.AuthorizeAsync(_person, ("scope", "openid email servers:read")));

        Assert.Contains("&lt;b&gt;&quot;M&#xF6;we&quot; &amp; &#x27;co&#x27;&lt;/b&gt;", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page.Text, StringComparison.Ordinal);
        Assert.Contains(_account.Username, page.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"https://app.example/\"", page.Text, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(page.Text, "<li>"));
        Assert.Contains("<li>See your e-mail address</li>", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_allowed_is_not_asked_for_again_and_more_is()
    {
        await _app.CodeAsync(_person, ("scope", "openid profile"));

        Assert.Contains("code", OAuthApp.Redirected(await _app.AuthorizeAsync(_person, ("scope", "openid"))));
        Assert.Contains("code", OAuthApp.Redirected(await _app.AuthorizeAsync(_person, ("scope", "openid profile"), ("prompt", "none"))));
        ExpectPage(await _app.AuthorizeAsync(_person, ("scope", "openid profile"), ("prompt", "consent")));
        ExpectPage(await _app.AuthorizeAsync(_person, ("scope", "openid email")));
        Assert.Equal("consent_required", OAuthApp.Redirected(await _app.AuthorizeAsync(_person, ("scope", "openid email"), ("prompt", "none")))["error"]);
        await _app.CodeAsync(_person, ("scope", "openid email"));
        Assert.Contains("code", OAuthApp.Redirected(await _app.AuthorizeAsync(_person, ("scope", "openid profile email"))));
    }

    [Fact]
    public async Task What_one_person_allowed_another_did_not()
    {
        await _app.CodeAsync(_person);
        using var other = await stores.Shared.NewClientAsync();

        ExpectPage(await _app.AuthorizeAsync(other));
    }

    [Theory]
    [InlineData("http://127.0.0.1/back", false)]
    [InlineData("com.example.app:/back", false)]
    [InlineData("https://app.example/back", true)]
    public async Task A_client_that_anybody_could_pretend_to_be_asks_each_time(string redirectUri, bool remembered)
    {
        var app = await OAuthApp.RegisterAsync(_person, isPublic: true, redirectUri: redirectUri);
        await app.CodeAsync(_person);

        var again = await app.AuthorizeAsync(_person);

        Assert.Equal(remembered ? HttpStatusCode.SeeOther : HttpStatusCode.OK, again.Status);
    }

    [Fact]
    public async Task Whoever_denies_gives_nothing()
    {
        var parameters = OAuthApp.Redirected((await _app.DecideAsync(_person, "deny")).Expect(HttpStatusCode.OK).Body.Text("redirect"));

        Assert.Equal(("access_denied", "a state", "http://localhost:8080"), (parameters["error"], parameters["state"], parameters["iss"]));
        ExpectPage(await _app.AuthorizeAsync(_person));
    }

    [Fact]
    public async Task What_one_client_was_given_allows_another_nothing()
    {
        var tokens = await _app.TokensAsync(_person);
        using var client = stores.Shared.CreateClient(tokens.Text("access_token"));

        Assert.Contains("id=\"sign-in\"", ExpectPage(await _app.AuthorizeAsync(client)).Text, StringComparison.Ordinal);
        (await _app.DecideAsync(client, "allow")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Theory]
    [InlineData("prompt", "login")]
    [InlineData("prompt", "login consent")]
    [InlineData("max_age", "0")]
    public async Task A_client_may_demand_a_new_sign_in(string name, string value)
    {
        await _app.CodeAsync(_person);
        var page = ExpectPage(await _app.AuthorizeAsync(_person, (name, value)));
        var mark = Mark().Match(page.Text).Groups[1].Value;

        // The same session as before is no new sign-in, with the mark of the page or without.
        (await _app.DecideAsync(_person, "allow", (name, value))).ExpectProblem(HttpStatusCode.Forbidden, "sign_in_required");
        (await _app.DecideAsync(_person, "allow", (name, value), ("chat_sign_in", mark))).ExpectProblem(HttpStatusCode.Forbidden, "sign_in_required");
        ExpectPage(await _app.AuthorizeAsync(_person, (name, value), ("chat_sign_in", mark)));

        using var again = stores.Shared.CreateClient((await stores.Shared.OpenSessionAsync(_account.Username)).Token);
        (await _app.DecideAsync(again, "allow", (name, value), ("chat_sign_in", "AAAA"))).ExpectProblem(HttpStatusCode.Forbidden, "sign_in_required");
        Assert.Contains("code", OAuthApp.Redirected((await _app.DecideAsync(again, "allow", (name, value), ("chat_sign_in", mark))).Expect(HttpStatusCode.OK).Body.Text("redirect")));
    }

    [Fact]
    public async Task A_mark_is_for_one_client()
    {
        var other = await OAuthApp.RegisterAsync(_person);
        var mark = Mark().Match((await _app.AuthorizeAsync(_person, ("prompt", "login"))).Text).Groups[1].Value;
        using var again = stores.Shared.CreateClient((await stores.Shared.OpenSessionAsync(_account.Username)).Token);

        (await other.DecideAsync(again, "allow", ("prompt", "login"), ("chat_sign_in", mark))).ExpectProblem(HttpStatusCode.Forbidden, "sign_in_required");
    }

    [Fact]
    public async Task A_recent_sign_in_is_recent_enough_until_it_is_not()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var person = await service.NewClientAsync();
        var app = await OAuthApp.RegisterAsync(person);
        await app.CodeAsync(person);

        Assert.Contains("code", OAuthApp.Redirected(await app.AuthorizeAsync(person, ("max_age", "120"))));
        clock.Advance(TimeSpan.FromSeconds(121));
        Assert.Contains("id=\"sign-in\"", ExpectPage(await app.AuthorizeAsync(person, ("max_age", "120"))).Text, StringComparison.Ordinal);
        Assert.Equal("login_required", OAuthApp.Redirected(await app.AuthorizeAsync(person, ("max_age", "120"), ("prompt", "none")))["error"]);
    }

    [Theory]
    [InlineData("pages.css", "text/css")]
    [InlineData("sign-in.js", "text/javascript")]
    [InlineData("consent.js", "text/javascript")]
    public async Task The_pages_have_files_of_their_own(string name, string mediaType) =>
        Assert.Equal(mediaType, (await _anyone.ReadAsync($"/oauth/{name}")).Expect(HttpStatusCode.OK).MediaType);

    /// <summary>Nothing inline, as the gateway's policy would forbid it, and nothing kept.</summary>
    private static Answer ExpectPage(Answer answer)
    {
        answer.Expect(HttpStatusCode.OK);
        Assert.Equal("text/html", answer.MediaType);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.DoesNotMatch("<style|style=|<script(?! src=\"/oauth/)| on[a-z]+=", answer.Text);
        return answer;
    }

    [GeneratedRegex("data-mark=\"([^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();
}
