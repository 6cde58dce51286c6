using System.Net;
using Chat.Stores;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Chat.Identity.Tests.OAuth;

public sealed class RefreshTests(IdentityStores stores) : IAsyncLifetime
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
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refresh_token_gives_the_next(bool isPublic)
    {
        var app = await OAuthApp.RegisterAsync(_person, isPublic);
        var first = await app.TokensAsync(_person);

        var second = (await app.RefreshAsync(_anyone, first.Text("refresh_token"))).Expect(HttpStatusCode.OK).Body;
        var third = (await app.RefreshAsync(_anyone, second.Text("refresh_token"))).Expect(HttpStatusCode.OK).Body;

        Assert.NotEqual(first.Text("refresh_token"), second.Text("refresh_token"));
        Assert.Equal(OAuthApp.AllScopes, third.Text("scope"));
        var (before, after) = (new JsonWebToken(first.Text("id_token")), new JsonWebToken(third.Text("id_token")));
        Assert.Equal((before.Subject, before.GetPayloadValue<long>("auth_time")), (after.Subject, after.GetPayloadValue<long>("auth_time")));
        Assert.False(after.TryGetPayloadValue<string>("nonce", out _));
        Assert.Equal(before.GetPayloadValue<string>("sid"), new JsonWebToken(third.Text("access_token")).GetPayloadValue<string>("sid"));
    }

    [Fact]
    public async Task G4_A_second_use_ends_the_family_at_once()
    {
        await using var events = await EventQueue.OpenAsync(stores.Stores.RabbitMq, "SessionRevoked");
        var first = await _app.TokensAsync(_person);
        var second = (await _app.RefreshAsync(_anyone, first.Text("refresh_token"))).Expect(HttpStatusCode.OK).Body;
        using var client = stores.Shared.CreateClient(second.Text("access_token"));
        (await client.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        (await _app.RefreshAsync(_anyone, first.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");

        // Sockets are closed by the event; it was confirmed before the answer.
        var sid = new JsonWebToken(second.Text("access_token")).GetPayloadValue<string>("sid");
        Assert.Contains(await events.TakeBodiesAsync(), e => e.GetProperty("session").GetString() == sid);
        (await client.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await client.ReadAsync("/oauth/userinfo")).Expect(HttpStatusCode.Unauthorized);
        (await _app.RefreshAsync(_anyone, second.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    public async Task One_family_ends_and_the_others_live()
    {
        var stolen = await _app.TokensAsync(_person);
        var other = await _app.TokensAsync(_person);
        (await _app.RefreshAsync(_anyone, stolen.Text("refresh_token"))).Expect(HttpStatusCode.OK);

        (await _app.RefreshAsync(_anyone, stolen.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");

        (await _app.RefreshAsync(_anyone, other.Text("refresh_token"))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_ten_parallel_uses_one_wins_and_the_family_ends()
    {
        var first = await _app.TokensAsync(_person);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _app.RefreshAsync(_anyone, first.Text("refresh_token"))));

        var won = Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(a => a != won), a => a.ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant"));
        (await _app.RefreshAsync(_anyone, won.Body.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        using var client = stores.Shared.CreateClient(won.Body.Text("access_token"));
        (await client.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Scopes_may_be_fewer_for_once_and_never_more()
    {
        var tokens = await _app.TokensAsync(_person, ("scope", "openid account:read offline_access"));

        (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"), ("scope", "openid email"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_scope");
        (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"), ("scope", "admin"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_scope");
        var fewer = (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"), ("scope", "openid"))).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("openid", fewer.Text("scope"));
        Assert.Equal(["http://localhost:8080/oauth/userinfo"], new JsonWebToken(fewer.Text("access_token")).Audiences);
        Assert.Equal("openid account:read offline_access", (await _app.RefreshAsync(_anyone, fewer.Text("refresh_token"))).Expect(HttpStatusCode.OK).Body.Text("scope"));
    }

    [Fact]
    public async Task What_the_client_may_no_longer_ask_for_it_no_longer_gets()
    {
        var tokens = await _app.TokensAsync(_person);
        (await _person.PatchBodyAsync($"/api/v1/auth/clients/{_app.Id}", new { scopes = new[] { "openid", "offline_access" } })).Expect(HttpStatusCode.OK);

        Assert.Equal("openid offline_access", (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).Expect(HttpStatusCode.OK).Body.Text("scope"));
    }

    [Fact]
    public async Task A_token_is_its_clients_only()
    {
        var other = await OAuthApp.RegisterAsync(_person);
        var tokens = await _app.TokensAsync(_person);

        (await other.RefreshAsync(_anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await _app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(null, "invalid_request")]
    [InlineData("", "invalid_request")]
    [InlineData("nonsense", "invalid_grant")]
    [InlineData("chat_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "invalid_grant")]
    [InlineData("chat_rt_ÄAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "invalid_grant")]
    public async Task Anything_else_is_no_token(string? token, string error) => (await _app.RefreshAsync(_anyone, token)).ExpectOAuthError(HttpStatusCode.BadRequest, error);

    [Fact]
    public async Task It_lives_while_it_is_used_and_180_days_at_most()
    {
        var clock = new OffsetClock();
        await using var service = await stores.StartAloneAsync(clock);
        using var client = service.CreateClient();
        using var person = await service.NewClientAsync();
        var app = await OAuthApp.RegisterAsync(person);
        var token = (await app.TokensAsync(person)).Text("refresh_token");
        var idle = (await app.TokensAsync(person)).Text("refresh_token");

        for (var days = 29; days < 180; days += 29)
        {
            clock.Advance(TimeSpan.FromDays(29));
            token = (await app.RefreshAsync(client, token)).Expect(HttpStatusCode.OK).Body.Text("refresh_token");
        }

        (await app.RefreshAsync(client, idle)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        clock.Advance(TimeSpan.FromDays(7));
        (await app.RefreshAsync(client, token)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
    }

    [Fact]
    public async Task A_person_has_twenty_grants_of_a_client_at_most()
    {
        var first = (await _app.TokensAsync(_person)).Text("refresh_token");
        var second = (await _app.TokensAsync(_person)).Text("refresh_token");
        for (var i = 0; i < 19; i++)
            await _app.TokensAsync(_person);

        (await _app.RefreshAsync(_anyone, first)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await _app.RefreshAsync(_anyone, second)).Expect(HttpStatusCode.OK);
    }
}
