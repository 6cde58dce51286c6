using System.Net;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;

namespace Chat.Identity.Tests.OAuth;

public sealed class TokenTests(IdentityStores stores) : IAsyncLifetime
{
    private readonly HttpClient _anyone = stores.Shared.CreateClient();
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
        _anyone.Dispose();
        _person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_code_becomes_tokens()
    {
        var answer = (await _app.ExchangeAsync(_anyone, await _app.CodeAsync(_person))).Expect(HttpStatusCode.OK);

        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Equal("Bearer", answer.Body.Text("token_type"));
        Assert.Equal(OAuthApp.AllScopes, answer.Body.Text("scope"));
        Assert.InRange(answer.Body.GetProperty("expires_in").GetInt32(), 240, 300);
        Assert.StartsWith("chat_rt_", answer.Body.Text("refresh_token"), StringComparison.Ordinal);
        var access = new JsonWebToken(answer.Body.Text("access_token"));
        Assert.Equal(["http://localhost:8080/oauth/userinfo", "chat"], access.Audiences);
        Assert.Equal(OAuthApp.AllScopes, access.GetPayloadValue<string>("scope"));
        Assert.Equal(_app.Id, access.GetPayloadValue<string>("client_id"));
        Assert.Equal(_account.Username, access.GetPayloadValue<string>("preferred_username"));
        Assert.NotEqual(_account.Session.ToString(), access.GetPayloadValue<string>("sid"));
    }

    [Fact]
    public async Task The_id_token_says_who_signed_in_when_and_how()
    {
        var tokens = await _app.TokensAsync(_person);

        var id = new JsonWebToken(tokens.Text("id_token"));
        var access = new JsonWebToken(tokens.Text("access_token"));
        Assert.Equal(("ES256", "http://localhost:8080", access.Subject), (id.Alg, id.Issuer, id.Subject));
        Assert.Equal([_app.Id], id.Audiences);
        Assert.Equal("a nonce", id.GetPayloadValue<string>("nonce"));
        Assert.Equal(["pwd"], id.GetPayloadValue<string[]>("amr"));
        Assert.Equal(access.GetPayloadValue<string>("sid"), id.GetPayloadValue<string>("sid"));
        Assert.InRange(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - id.GetPayloadValue<long>("auth_time"), 0, 60);
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(tokens.Text("access_token")));
        Assert.Equal(System.Buffers.Text.Base64Url.EncodeToString(hash.AsSpan(0, 16)), id.GetPayloadValue<string>("at_hash"));
    }

    [Fact]
    public async Task Only_offline_access_gives_a_refresh_token_and_only_openid_an_id_token()
    {
        var online = await _app.TokensAsync(_person, ("scope", "openid"));
        var api = await _app.TokensAsync(_person, ("scope", "account:read"));

        Assert.False(online.TryGetProperty("refresh_token", out _));
        Assert.Equal(["http://localhost:8080/oauth/userinfo"], new JsonWebToken(online.Text("access_token")).Audiences);
        Assert.False(api.TryGetProperty("id_token", out _));
        Assert.Contains("chat", new JsonWebToken(api.Text("access_token")).Audiences);
    }

    [Fact]
    public async Task A_token_opens_what_its_scopes_open_and_nothing_else()
    {
        var identityOnly = await _app.TokensAsync(_person, ("scope", "openid profile"));
        var account = await _app.TokensAsync(_person, ("scope", "openid account:read"));
        using var first = stores.Shared.CreateClient(identityOnly.Text("access_token"));
        using var second = stores.Shared.CreateClient(account.Text("access_token"));

        (await first.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await second.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);
        (await second.ReadAsync("/api/v1/auth/sessions")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await second.PostBodyAsync("/api/v1/auth/clients", new { name = "x" })).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Theory]
    [InlineData("redirect_uri", "https://app.example/other", "invalid_grant")]
    [InlineData("redirect_uri", "https://app.example/back/", "invalid_grant")]
    [InlineData("redirect_uri", null, "invalid_request")]
    [InlineData("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", "invalid_grant")]
    [InlineData("code_verifier", OAuthApp.Challenge, "invalid_grant")]
    [InlineData("code_verifier", "short", "invalid_grant")]
    [InlineData("code_verifier", "ääääääääääääääääääääääääääääääääääääääääääääää", "invalid_grant")]
    [InlineData("code_verifier", null, "invalid_request")]
    [InlineData("code", "chat_ac_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "invalid_grant")]
    [InlineData("code", "nöcode🎈", "invalid_grant")]
    [InlineData("code", "no\0code", "invalid_request")]
    [InlineData("code", null, "invalid_request")]
    [InlineData("grant_type", null, "invalid_request")]
    [InlineData("grant_type", "password", "unsupported_grant_type")]
    [InlineData("grant_type", "client_credentials", "unauthorized_client")]
    public async Task A_wrong_part_is_refused_and_does_not_use_the_code_up(string name, string? value, string error)
    {
        var code = await _app.CodeAsync(_person);

        (await _app.ExchangeAsync(_anyone, code, (name, value))).ExpectOAuthError(HttpStatusCode.BadRequest, error);
        (await _app.ExchangeAsync(_anyone, code)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_code_is_good_for_its_client_only()
    {
        var other = await OAuthApp.RegisterAsync(_person);
        var code = await _app.CodeAsync(_person);

        (await other.ExchangeAsync(_anyone, code)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await _app.ExchangeAsync(_anyone, code)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_second_use_of_a_code_ends_what_the_first_one_got()
    {
        var code = await _app.CodeAsync(_person);
        var tokens = (await _app.ExchangeAsync(_anyone, code)).Expect(HttpStatusCode.OK).Body;
        using var app = stores.Shared.CreateClient(tokens.Text("access_token"));
        (await app.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        (await _app.ExchangeAsync(_anyone, code)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");

        (await app.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    public async Task Of_ten_parallel_uses_of_a_code_one_wins_and_loses_it_again()
    {
        var code = await _app.CodeAsync(_person);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _app.ExchangeAsync(_anyone, code)));

        var won = Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a != won), a => a.ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant"));
        using var app = stores.Shared.CreateClient(won.Body.Text("access_token"));
        (await app.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_code_lives_for_a_minute()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var client = service.CreateClient();
        using var person = await service.NewClientAsync();
        var app = await OAuthApp.RegisterAsync(person);
        var code = await app.CodeAsync(person);
        clock.Advance(TimeSpan.FromSeconds(61));

        (await app.ExchangeAsync(client, code)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    public async Task G4_A_code_is_worth_nothing_once_the_session_has_ended_in_which_it_was_allowed()
    {
        var code = await _app.CodeAsync(_person);
        (await _person.PostBodyAsync("/api/v1/auth/logout", null)).Expect(HttpStatusCode.NoContent);

        (await _app.ExchangeAsync(_anyone, code)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    public async Task G4_A_suspended_account_gets_no_tokens()
    {
        var code = await _app.CodeAsync(_person);
        var tokens = await _app.TokensAsync(_person);
        await using var source = NpgsqlDataSource.Create(stores.Database);
        await using var suspend = source.CreateCommand("update accounts set state = 2 where username = $1");
        suspend.Parameters.AddWithValue(_account.Username);
        await suspend.ExecuteNonQueryAsync(Calls.Cancel);

        (await _app.ExchangeAsync(_anyone, code)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    public async Task Codes_and_tokens_themselves_are_not_in_the_database()
    {
        var code = await _app.CodeAsync(_person);
        var refresh = (await _app.ExchangeAsync(_anyone, code)).Expect(HttpStatusCode.OK).Body.Text("refresh_token");

        await using var source = NpgsqlDataSource.Create(stores.Database);
        await using var command = source.CreateCommand("select exists (select from oauth_codes where hash = $1) and exists (select from oauth_refresh_tokens where hash = $2) and exists (select from oauth_clients where secret_hash = $3)");
        foreach (var secret in new[] { code, refresh, _app.Secret ?? "" })
            command.Parameters.AddWithValue(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
        Assert.True((bool?)await command.ExecuteScalarAsync(Calls.Cancel));
    }
}
