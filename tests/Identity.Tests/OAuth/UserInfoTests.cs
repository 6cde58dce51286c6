using System.Net;
using System.Text.Json;

namespace Chat.Identity.Tests.OAuth;

public sealed class UserInfoTests(IdentityStores stores) : IAsyncLifetime
{
    private HttpClient _person = new();
    private OAuthApp _app = new("", null, "", "");
    private (string Username, string Token, Guid Session, string Cookie) _account;

    public async ValueTask InitializeAsync()
    {
        _account = await stores.Shared.NewPersonAsync();
        _person = stores.Shared.CreateClient(_account.Token);
        _app = await OAuthApp.RegisterAsync(_person);
    }

    public ValueTask DisposeAsync()
    {
        _person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("openid", "sub")]
    [InlineData("openid profile", "sub preferred_username name")]
    [InlineData("openid email", "sub email email_verified")]
    [InlineData("openid account:read", "sub")]
    public async Task The_scopes_decide_what_is_told(string scope, string claims)
    {
        var tokens = await _app.TokensAsync(_person, ("scope", scope));
        using var client = stores.Shared.CreateClient(tokens.Text("access_token"));

        var answer = (await client.ReadAsync("/oauth/userinfo")).Expect(HttpStatusCode.OK);

        Assert.Equal("application/json", answer.MediaType);
        Assert.Equal(claims.Split(' ').Order(), answer.Body.EnumerateObject().Select(p => p.Name).Order());
        if (answer.Body.TryGetProperty("email", out var email))
            Assert.Equal(($"{_account.Username}@example.org", true), (email.GetString(), answer.Body.GetProperty("email_verified").GetBoolean()));
        (await client.PostBodyAsync("/oauth/userinfo", new StringContent(""))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Tokens_for_the_api_alone_are_not_for_this()
    {
        using var nobody = stores.Shared.CreateClient();
        using var nonsense = stores.Shared.CreateClient("nonsense");
        var withoutOpenId = await _app.TokensAsync(_person, ("scope", "profile account:read"));
        using var client = stores.Shared.CreateClient(withoutOpenId.Text("access_token"));

        Assert.Equal("Bearer", Assert.Single((await nobody.ReadAsync("/oauth/userinfo")).Expect(HttpStatusCode.Unauthorized).Headers.WwwAuthenticate).Scheme);
        Assert.Contains("invalid_token", (await nonsense.ReadAsync("/oauth/userinfo")).Expect(HttpStatusCode.Unauthorized).Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        (await _person.ReadAsync("/oauth/userinfo")).Expect(HttpStatusCode.Unauthorized);
        (await client.ReadAsync("/oauth/userinfo")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Theory]
    [InlineData("openid-configuration")]
    [InlineData("oauth-authorization-server")]
    public async Task Discovery_names_what_there_is(string name)
    {
        using var nobody = stores.Shared.CreateClient();

        var document = (await nobody.ReadAsync($"/.well-known/{name}")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal("http://localhost:8080", document.Text("issuer"));
        Assert.Equal("http://localhost:8080/oauth/authorize", document.Text("authorization_endpoint"));
        Assert.Equal("http://localhost:8080/oauth/token", document.Text("token_endpoint"));
        Assert.Equal("http://localhost:8080/oauth/revoke", document.Text("revocation_endpoint"));
        Assert.Equal("http://localhost:8080/oauth/userinfo", document.Text("userinfo_endpoint"));
        Assert.Equal("http://localhost:8080/.well-known/jwks.json", document.Text("jwks_uri"));
        Assert.Equal("""["code"]""", JsonSerializer.Serialize(document.GetProperty("response_types_supported")));
        Assert.Equal("""["S256"]""", JsonSerializer.Serialize(document.GetProperty("code_challenge_methods_supported")));
        Assert.Equal("""["ES256"]""", JsonSerializer.Serialize(document.GetProperty("id_token_signing_alg_values_supported")));
        Assert.True(document.GetProperty("authorization_response_iss_parameter_supported").GetBoolean());
        Assert.False(document.GetProperty("request_uri_parameter_supported").GetBoolean());
    }
}
