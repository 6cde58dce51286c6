using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Chat.Identity.Tests.OAuth;

public sealed class ClientCredentialsTests(IdentityStores stores) : IAsyncLifetime
{
    private readonly HttpClient _anyone = stores.Shared.CreateClient();
    private HttpClient _person = new();
    private OAuthApp _app = new("", null, "", "");

    public async ValueTask InitializeAsync()
    {
        _person = await stores.Shared.NewClientAsync();
        _app = await OAuthApp.RegisterAsync(_person, scope: "account:read servers:read", name: "A name that is longer than 32 characters", grants: ["client_credentials"]);
    }

    public ValueTask DisposeAsync()
    {
        _anyone.Dispose();
        _person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_client_acts_as_its_bot()
    {
        var tokens = (await _app.TokenAsync(_anyone, ("grant_type", "client_credentials"))).Expect(HttpStatusCode.OK).Body;

        Assert.Equal("account:read servers:read", tokens.Text("scope"));
        Assert.False(tokens.TryGetProperty("refresh_token", out _));
        Assert.False(tokens.TryGetProperty("id_token", out _));
        var access = new JsonWebToken(tokens.Text("access_token"));
        Assert.True(access.GetPayloadValue<bool>("bot"));
        Assert.Equal(["chat"], access.Audiences);
        Assert.Matches("^app\\.[0-9a-f]{12}$", access.GetPayloadValue<string>("preferred_username"));
        Assert.Equal("A name that is longer than 32 ch", access.GetPayloadValue<string>("name"));
        using var bot = stores.Shared.CreateClient(tokens.Text("access_token"));
        Assert.Equal(access.Subject, (await bot.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK).Body.Text("id"));
    }

    [Theory]
    [InlineData("messages:read")]
    [InlineData("openid")]
    [InlineData("account:read openid")]
    [InlineData("nonsense")]
    public async Task A_scope_that_it_has_not_is_refused(string scope) =>
        (await _app.TokenAsync(_anyone, ("grant_type", "client_credentials"), ("scope", scope))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_scope");

    [Fact]
    public async Task Fewer_scopes_may_be_asked_for() =>
        Assert.Equal("servers:read", (await _app.TokenAsync(_anyone, ("grant_type", "client_credentials"), ("scope", "servers:read"))).Expect(HttpStatusCode.OK).Body.Text("scope"));

    [Fact]
    public async Task A_client_without_the_grant_is_refused()
    {
        var app = await OAuthApp.RegisterAsync(_person);

        (await app.TokenAsync(_anyone, ("grant_type", "client_credentials"))).ExpectOAuthError(HttpStatusCode.BadRequest, "unauthorized_client");
        (await _app.AuthorizeAsync(_person)).Expect(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task G4_Removing_the_client_ends_its_bot()
    {
        var tokens = (await _app.TokenAsync(_anyone, ("grant_type", "client_credentials"))).Expect(HttpStatusCode.OK).Body;
        using var bot = stores.Shared.CreateClient(tokens.Text("access_token"));
        (await bot.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        (await _person.SendAsync(HttpMethod.Delete, $"/api/v1/auth/clients/{_app.Id}")).Expect(HttpStatusCode.NoContent);

        (await bot.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await _app.TokenAsync(_anyone, ("grant_type", "client_credentials"))).ExpectOAuthError(HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Fact]
    public async Task The_tokens_asked_for_in_a_minute_are_limited()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _app.TokenAsync(_anyone, ("grant_type", "client_credentials"))));
        Assert.All(answers, answer => answer.Expect(HttpStatusCode.OK));

        var more = await Task.WhenAll(Enumerable.Range(0, 11).Select(_ => _app.TokenAsync(_anyone, ("grant_type", "client_credentials"))));

        Assert.Single(more, answer => answer.Status == HttpStatusCode.TooManyRequests).ExpectOAuthError(HttpStatusCode.TooManyRequests, "temporarily_unavailable");
    }
}
