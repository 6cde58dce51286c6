using System.Net;

namespace Chat.Identity.Tests.OAuth;

public sealed class RevocationTests(IdentityStores stores) : IAsyncLifetime
{
    private readonly HttpClient _anyone = stores.Shared.CreateClient();
    private HttpClient _person = new();
    private OAuthApp _app = new("", null, "", "");

    public async ValueTask InitializeAsync()
    {
        _person = await stores.Shared.NewClientAsync();
        _app = await OAuthApp.RegisterAsync(_person);
    }

    public ValueTask DisposeAsync()
    {
        _anyone.Dispose();
        _person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("refresh_token")]
    [InlineData("access_token")]
    public async Task G4_Revoking_either_token_ends_the_grant(string which)
    {
        var tokens = await _app.TokensAsync(_person);
        using var client = stores.Shared.CreateClient(tokens.Text("access_token"));
        (await client.ReadAsync("/oauth/userinfo")).Expect(HttpStatusCode.OK);

        (await _app.RevokeAsync(_anyone, tokens.Text(which))).Expect(HttpStatusCode.OK);

        (await client.ReadAsync("/oauth/userinfo")).Expect(HttpStatusCode.Unauthorized);
        (await client.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await _app.RevokeAsync(_anyone, tokens.Text(which))).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("a.b.c")]
    [InlineData("chat_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzaWQiOiIwMTk1NTU1NS01NTU1LTc1NTUtODU1NS01NTU1NTU1NTU1NTUifQ.")]
    public async Task What_is_no_token_counts_as_revoked(string token) => (await _app.RevokeAsync(_anyone, token)).Expect(HttpStatusCode.OK);

    [Fact]
    public async Task Nobody_revokes_what_is_not_theirs()
    {
        var other = await OAuthApp.RegisterAsync(_person);
        var tokens = await _app.TokensAsync(_person);

        (await other.RevokeAsync(_anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await other.RevokeAsync(_anyone, tokens.Text("access_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await (_app with { Secret = "wrong" }).RevokeAsync(_anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.Unauthorized, "invalid_client");
        (await _app.RevokeAsync(_anyone, null)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");
        (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_persons_own_session_is_no_grant()
    {
        var (_, token, _, _) = await stores.Shared.NewPersonAsync();
        using var other = stores.Shared.CreateClient(token);

        (await _app.RevokeAsync(_anyone, token)).Expect(HttpStatusCode.OK);

        (await other.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
    }
}
