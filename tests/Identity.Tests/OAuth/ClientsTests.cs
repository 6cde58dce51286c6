using System.Net;

namespace Chat.Identity.Tests.OAuth;

public sealed class ClientsTests(IdentityStores stores) : IAsyncLifetime
{
    private const string Route = "/api/v1/auth/clients";

    private readonly HttpClient _anyone = stores.Shared.CreateClient();
    private HttpClient _owner = new();
    private (string Username, string Token, Guid Session, string Cookie) _account;

    public async ValueTask InitializeAsync()
    {
        _account = await stores.Shared.NewPersonAsync();
        _owner = stores.Shared.CreateClient(_account.Token);
    }

    public ValueTask DisposeAsync()
    {
        _anyone.Dispose();
        _owner.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_secret_is_told_once()
    {
        var created = (await _owner.PostBodyAsync(Route, Client())).Expect(HttpStatusCode.Created);

        Assert.True(created.Headers.CacheControl?.NoStore);
        Assert.Matches("^chat_cs_[A-Za-z0-9_-]{43}$", created.Body.Text("secret"));
        Assert.Equal($"{Route}/{created.Body.Text("id")}", created.Headers.Location?.ToString());
        var read = (await _owner.ReadAsync($"{Route}/{created.Body.Text("id")}")).Expect(HttpStatusCode.OK).Body;
        Assert.False(read.TryGetProperty("secret", out _));
        Assert.Equal("Test app", read.Text("name"));
        Assert.False(read.GetProperty("public").GetBoolean());
        Assert.Single((await _owner.ReadAsync(Route)).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());
        Assert.Contains("was registered", (await stores.Shared.MailedTextAsync(_account.Username)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_public_client_gets_none()
    {
        var created = (await _owner.PostBodyAsync(Route, Client(isPublic: true))).Expect(HttpStatusCode.Created).Body;

        Assert.False(created.TryGetProperty("secret", out _));
        (await _owner.PostBodyAsync($"{Route}/{created.Text("id")}/secret", null)).ExpectProblem(HttpStatusCode.Conflict, "client_is_public");
    }

    [Fact]
    public async Task A_new_secret_replaces_the_old_one_and_ends_no_grant()
    {
        var app = await OAuthApp.RegisterAsync(_owner);
        var tokens = await app.TokensAsync(_owner);

        var renewed = app with { Secret = (await _owner.PostBodyAsync($"{Route}/{app.Id}/secret", null)).Expect(HttpStatusCode.OK).Body.Text("secret") };

        (await app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.Unauthorized, "invalid_client");
        (await renewed.RefreshAsync(_anyone, tokens.Text("refresh_token"))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_left_out_of_a_change_stays()
    {
        var app = await OAuthApp.RegisterAsync(_owner);

        var changed = (await _owner.PatchBodyAsync($"{Route}/{app.Id}", new { name = "  Another  ", homepage = "" })).Expect(HttpStatusCode.OK).Body;
        (await _owner.PatchBodyAsync($"{Route}/{app.Id}", new { redirectUris = new[] { "https://other.example/" } })).Expect(HttpStatusCode.OK);

        Assert.Equal("Another", changed.Text("name"));
        Assert.False(changed.TryGetProperty("homepage", out _));
        Assert.Equal(6, changed.GetProperty("scopes").GetArrayLength());
        (await app.AuthorizeAsync(_owner)).Expect(HttpStatusCode.BadRequest);
        (await (app with { RedirectUri = "https://other.example/" }).AuthorizeAsync(_owner)).Expect(HttpStatusCode.OK);
        (await _owner.PatchBodyAsync($"{Route}/{app.Id}", new { scopes = Array.Empty<string>() })).ExpectFieldErrors("scopes:required");
    }

    [Theory]
    [InlineData("""{}""", "name:required", "scopes:required", "grants:required")]
    [InlineData("""{"name":"a\u202eb","grants":["authorization_code"],"scopes":["openid"],"redirectUris":["https://a.example/"]}""", "name:invalid")]
    [InlineData("""{"name":"a","homepage":"http://a.example","grants":["authorization_code"],"scopes":["openid"],"redirectUris":["https://a.example/"]}""", "homepage:invalid")]
    [InlineData("""{"name":"a","homepage":"javascript:alert(1)","grants":["authorization_code"],"scopes":["openid"],"redirectUris":["https://a.example/"]}""", "homepage:invalid")]
    [InlineData("""{"name":"a","grants":["authorization_code"],"scopes":["openid"]}""", "redirectUris:required")]
    [InlineData("""{"name":"a","grants":["authorization_code"],"scopes":["openid"],"redirectUris":[null]}""", "redirectUris[0]:invalid")]
    [InlineData("""{"name":"a","grants":["authorization_code"],"scopes":["openid"],"redirectUris":["https://a.example/","https://a.example/#x"]}""", "redirectUris[1]:invalid")]
    [InlineData("""{"name":"a","grants":["authorization_code"],"scopes":["openid","openid"],"redirectUris":["https://a.example/"]}""", "scopes:invalid")]
    [InlineData("""{"name":"a","grants":["authorization_code"],"scopes":["admin"],"redirectUris":["https://a.example/"]}""", "scopes:invalid")]
    [InlineData("""{"name":"a","grants":["authorization_code"],"scopes":[null],"redirectUris":["https://a.example/"]}""", "scopes:invalid")]
    [InlineData("""{"name":"a","grants":["authorization_code"],"scopes":["openid","offline_access"],"redirectUris":["https://a.example/"]}""", "scopes:invalid")]
    [InlineData("""{"name":"a","grants":["password"],"scopes":["openid"]}""", "grants:invalid")]
    [InlineData("""{"name":"a","grants":["refresh_token"],"scopes":["offline_access"]}""", "grants:invalid")]
    [InlineData("""{"name":"a","grants":["client_credentials"],"scopes":["account:read"],"public":true}""", "grants:invalid")]
    [InlineData("""{"name":"a","grants":["client_credentials"],"scopes":["openid"]}""", "scopes:invalid")]
    [InlineData("""{"name":"a","grants":["client_credentials"],"scopes":["account:read"],"redirectUris":["https://a.example/"]}""", "redirectUris:invalid")]
    public async Task A_bad_field_is_named(string body, params string[] errors) => (await _owner.PostBodyAsync(Route, Calls.Json(body))).ExpectFieldErrors(errors);

    [Theory]
    [InlineData("")]
    [InlineData("/back")]
    [InlineData("http://app.example/back")]
    [InlineData("http://127.0.0.2/back")]
    [InlineData("http://localhost.evil.example/back")]
    [InlineData("https://user:password@app.example/back")]
    [InlineData("https://*.app.example/back")]
    [InlineData("https:app.example/back")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("myapp:/back")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://app.example/bäck")]
    [InlineData("https://app.example/a b")]
    [InlineData("https://app.example/\r\nSet-Cookie: a=b")]
    public async Task An_address_that_codes_must_not_go_to_is_refused(string uri) =>
        (await _owner.PostBodyAsync(Route, new { name = "a", grants = new[] { "authorization_code" }, scopes = new[] { "openid" }, redirectUris = new[] { uri } }))
            .ExpectFieldErrors("redirectUris[0]:invalid");

    [Fact]
    public async Task Somebody_elses_client_is_none()
    {
        var app = await OAuthApp.RegisterAsync(_owner);
        using var other = await stores.Shared.NewClientAsync();

        foreach (var id in new[] { app.Id, "nobody", "%27", "%C3%A4" })
        {
            (await other.ReadAsync($"{Route}/{id}")).ExpectProblem(HttpStatusCode.NotFound, "client_not_found");
            (await other.PatchBodyAsync($"{Route}/{id}", new { name = "mine" })).ExpectProblem(HttpStatusCode.NotFound, "client_not_found");
            (await other.PostBodyAsync($"{Route}/{id}/secret", null)).ExpectProblem(HttpStatusCode.NotFound, "client_not_found");
            (await other.SendAsync(HttpMethod.Delete, $"{Route}/{id}")).ExpectProblem(HttpStatusCode.NotFound, "client_not_found");
        }

        Assert.Empty((await other.ReadAsync(Route)).Body.GetProperty("items").EnumerateArray());
        (await _anyone.ReadAsync(Route)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Changes_need_a_fresh_proof()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var owner = await service.NewClientAsync();
        var app = await OAuthApp.RegisterAsync(owner);
        clock.Advance(TimeSpan.FromMinutes(6));

        (await owner.PostBodyAsync(Route, Client())).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await owner.PatchBodyAsync($"{Route}/{app.Id}", new { name = "a" })).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await owner.PostBodyAsync($"{Route}/{app.Id}/secret", null)).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await owner.SendAsync(HttpMethod.Delete, $"{Route}/{app.Id}")).ExpectProblem(HttpStatusCode.Forbidden, "proof_required");
        (await owner.ReadAsync($"{Route}/{app.Id}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_owner_has_25_at_most()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => _owner.PostBodyAsync(Route, Client())));

        Assert.Equal(25, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.ExpectProblem(HttpStatusCode.Conflict, "too_many_clients"));
    }

    [Fact]
    public async Task G4_Removing_a_client_ends_whatever_anybody_allowed_it()
    {
        var app = await OAuthApp.RegisterAsync(_owner);
        var people = new List<HttpClient>();
        var clients = new List<HttpClient>();
        for (var i = 0; i < 3; i++)
        {
            people.Add(await stores.Shared.NewClientAsync());
            clients.Add(stores.Shared.CreateClient((await app.TokensAsync(people[i])).Text("access_token")));
        }

        (await _owner.SendAsync(HttpMethod.Delete, $"{Route}/{app.Id}")).Expect(HttpStatusCode.NoContent);

        foreach (var client in clients)
            (await client.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        foreach (var person in people)
            Assert.Empty((await person.ReadAsync("/api/v1/auth/authorizations")).Body.GetProperty("items").EnumerateArray());
        (await _owner.ReadAsync($"{Route}/{app.Id}")).ExpectProblem(HttpStatusCode.NotFound, "client_not_found");
        (await app.AuthorizeAsync(_owner)).Expect(HttpStatusCode.BadRequest);
        people.ForEach(p => p.Dispose());
        clients.ForEach(c => c.Dispose());
    }

    private static object Client(bool isPublic = false) =>
        new { name = "Test app", redirectUris = new[] { "https://app.example/back" }, scopes = new[] { "openid" }, grants = new[] { "authorization_code" }, @public = isPublic };
}
