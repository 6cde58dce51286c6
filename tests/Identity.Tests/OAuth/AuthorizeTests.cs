using System.Net;

namespace Chat.Identity.Tests.OAuth;

/// <summary>Authorization requests: what is sound, what is told to the person, and what to the client.</summary>
public sealed class AuthorizeTests(IdentityStores stores) : IAsyncLifetime
{
    private HttpClient _person = new();
    private OAuthApp _app = new("", null, "", "");

    public async ValueTask InitializeAsync()
    {
        _person = await stores.Shared.NewClientAsync();
        _app = await OAuthApp.RegisterAsync(_person);
    }

    public ValueTask DisposeAsync()
    {
        _person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("client_id", null)]
    [InlineData("client_id", "")]
    [InlineData("client_id", "nobody")]
    [InlineData("client_id", "no\0body")]
    [InlineData("client_id", "🎈")]
    [InlineData("redirect_uri", null)]
    [InlineData("redirect_uri", "https://app.example/back/")]
    [InlineData("redirect_uri", "https://app.example/back?x=1")]
    [InlineData("redirect_uri", "https://app.example/Back")]
    [InlineData("redirect_uri", "https://app.example:443/back")]
    [InlineData("redirect_uri", "https://app.example.evil.example/back")]
    [InlineData("redirect_uri", "https://app.example/back#x")]
    [InlineData("redirect_uri", "https://app.example@evil.example/back")]
    [InlineData("redirect_uri", "https://app.example/%62ack")]
    [InlineData("redirect_uri", "javascript:alert(1)")]
    [InlineData("redirect_uri", "//app.example/back")]
    public async Task Without_client_and_address_nobody_is_led_anywhere(string name, string? value)
    {
        var answer = (await _app.AuthorizeAsync(_person, (name, value))).Expect(HttpStatusCode.BadRequest);

        Assert.Equal("text/html", answer.MediaType);
        Assert.Null(answer.Headers.Location);
        Assert.Contains("""role="alert">The app that sent you here""", answer.Text, StringComparison.Ordinal);
        (await _app.DecideAsync(_person, "allow", (name, value))).ExpectProblem(HttpStatusCode.BadRequest, "invalid_authorization_request");
    }

    [Theory]
    [InlineData("response_type", null, "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token", "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("code_challenge_method", "s256", "invalid_request")]
    [InlineData("scope", null, "invalid_scope")]
    [InlineData("scope", "openid messages:write", "invalid_scope")]
    [InlineData("scope", "openid  profile", "invalid_scope")]
    [InlineData("scope", "OpenID", "invalid_scope")]
    [InlineData("scope", "openid 🎈", "invalid_scope")]
    [InlineData("nonce", "nul\0", "invalid_request")]
    [InlineData("nonce", "ä", "invalid_request")]
    [InlineData("prompt", "none login", "invalid_request")]
    [InlineData("prompt", "create", "invalid_request")]
    [InlineData("max_age", "-1", "invalid_request")]
    [InlineData("max_age", "soon", "invalid_request")]
    [InlineData("max_age", "99999999999999", "invalid_request")]
    [InlineData("request", "e30.e30.", "request_not_supported")]
    [InlineData("request_uri", "https://app.example/request", "request_uri_not_supported")]
    public async Task Every_other_error_is_told_to_the_client(string name, string? value, string error)
    {
        var answer = await _app.AuthorizeAsync(_person, (name, value));

        Assert.StartsWith("https://app.example/back?", answer.Headers.Location?.OriginalString, StringComparison.Ordinal);
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        var parameters = OAuthApp.Redirected(answer);
        Assert.Equal((error, "a state", "http://localhost:8080"), (parameters["error"], parameters["state"], parameters["iss"]));
        Assert.DoesNotContain("code", parameters);
        var decided = (await _app.DecideAsync(_person, "allow", (name, value))).Expect(HttpStatusCode.OK).Body.Text("redirect");
        Assert.Equal(error, OAuthApp.Redirected(decided)["error"]);
    }

    [Theory]
    [InlineData("a\u0000")]
    [InlineData("ä")]
    [InlineData(null)]
    public async Task A_state_that_cannot_be_sent_back_is_refused_without_it(string? state)
    {
        var parameters = OAuthApp.Redirected(await _app.AuthorizeAsync(_person, ("state", state ?? new string('s', 1025))));

        Assert.Equal("invalid_request", parameters["error"]);
        Assert.DoesNotContain("state", parameters);
    }

    [Theory]
    [InlineData("scope=openid")]
    [InlineData("unknown=1&unknown=2")]
    [InlineData("nonce=")]
    public async Task A_parameter_twice_is_refused(string more)
    {
        var query = string.Join('&', _app.Request().Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"));

        var parameters = OAuthApp.Redirected(await _person.ReadAsync($"/oauth/authorize?{query}&{more}"));

        Assert.Equal(("invalid_request", "a state"), (parameters["error"], parameters["state"]));
    }

    [Theory]
    [InlineData("client_id=x")]
    [InlineData("redirect_uri=https://evil.example/")]
    public async Task The_client_or_its_address_twice_leads_nowhere(string more)
    {
        var query = string.Join('&', _app.Request().Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"));

        Assert.Null((await _person.ReadAsync($"/oauth/authorize?{query}&{more}")).Expect(HttpStatusCode.BadRequest).Headers.Location);
        Assert.Null((await _person.ReadAsync($"/oauth/authorize?{string.Join('&', Enumerable.Repeat("a=b", 100))}&{query}")).Expect(HttpStatusCode.BadRequest).Headers.Location);
        (await _person.ReadAsync("/oauth/authorize")).Expect(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("http://127.0.0.1/back", "http://127.0.0.1:54321/back", true)]
    [InlineData("http://127.0.0.1:1/back?x=1", "http://127.0.0.1:2/back?x=1", true)]
    [InlineData("http://[::1]/back", "http://[::1]:54321/back", true)]
    [InlineData("http://127.0.0.1/back", "http://127.0.0.1:54321/other", false)]
    [InlineData("http://127.0.0.1/back", "http://127.0.0.1:54321.evil.example/back", false)]
    [InlineData("http://127.0.0.1/back", "http://127.0.0.1:99999/back", false)]
    [InlineData("http://127.0.0.1/back", "https://127.0.0.1:54321/back", false)]
    [InlineData("http://127.0.0.1/back", "http://localhost:54321/back", false)]
    [InlineData("http://localhost:1/back", "http://localhost:2/back", false)]
    [InlineData("https://app.example/back", "https://app.example:8443/back", false)]
    public async Task An_app_on_the_same_machine_takes_the_port_that_is_free(string registered, string requested, bool taken)
    {
        var app = await OAuthApp.RegisterAsync(_person, isPublic: true, redirectUri: registered);

        var answer = await app.DecideAsync(_person, "allow", ("redirect_uri", requested));

        if (taken)
            Assert.StartsWith(requested, answer.Expect(HttpStatusCode.OK).Body.Text("redirect"), StringComparison.Ordinal);
        else
            answer.ExpectProblem(HttpStatusCode.BadRequest, "invalid_authorization_request");
    }

    [Theory]
    [InlineData("com.example.app:/back")]
    [InlineData("https://app.example/back?tenant=a%20b")]
    public async Task An_answer_is_added_to_the_address(string address)
    {
        var app = await OAuthApp.RegisterAsync(_person, redirectUri: address);

        var redirect = (await app.DecideAsync(_person, "allow")).Expect(HttpStatusCode.OK).Body.Text("redirect");

        Assert.StartsWith(address + (address.Contains('?', StringComparison.Ordinal) ? "&code=" : "?code="), redirect, StringComparison.Ordinal);
        Assert.EndsWith("&state=a%20state&iss=http%3A%2F%2Flocalhost%3A8080", redirect, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("null", HttpStatusCode.BadRequest)]
    [InlineData("""{"decision":"maybe"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"decision":1}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"decision":"allow","client_id":null}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"decision":"allow","client_id":{"a":"b"}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"decision":"allow","decision":"deny"}""", HttpStatusCode.BadRequest)]
    public async Task A_decision_of_the_wrong_shape_is_malformed(string body, HttpStatusCode status) =>
        (await _person.PostBodyAsync("/oauth/authorize", Calls.Json(body))).Expect(status);
}
