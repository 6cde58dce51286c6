using System.Net;

namespace Chat.Identity.Tests.OAuth;

public sealed class ConnectedAppsTests(IdentityStores stores) : IAsyncLifetime
{
    private const string Route = "/api/v1/auth/authorizations";

    private readonly HttpClient _anyone = stores.Shared.CreateClient();
    private HttpClient _person = new();

    public async ValueTask InitializeAsync() => _person = await stores.Shared.NewClientAsync();

    public ValueTask DisposeAsync()
    {
        _anyone.Dispose();
        _person.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_person_sees_what_they_have_allowed()
    {
        var app = await OAuthApp.RegisterAsync(_person);
        await app.CodeAsync(_person, ("scope", "openid profile"));
        var unused = Assert.Single((await _person.ReadAsync(Route)).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());
        await app.TokensAsync(_person, ("scope", "openid email"));

        var used = Assert.Single((await _person.ReadAsync(Route)).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());

        Assert.Equal((app.Id, "Test app", "https://app.example/"), (used.GetProperty("client").Text("id"), used.GetProperty("client").Text("name"), used.GetProperty("client").Text("homepage")));
        Assert.Equal(["openid", "profile", "email"], used.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        Assert.False(unused.TryGetProperty("lastUsedAt", out _));
        Assert.True(used.GetProperty("lastUsedAt").GetDateTimeOffset() >= used.GetProperty("since").GetDateTimeOffset());
    }

    [Fact]
    public async Task They_come_in_pages()
    {
        var apps = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var app = await OAuthApp.RegisterAsync(_person);
            await app.CodeAsync(_person);
            apps.Add(app.Id);
        }

        var first = (await _person.ReadAsync($"{Route}?limit=2")).Expect(HttpStatusCode.OK).Body;
        var second = (await _person.ReadAsync($"{Route}?limit=2&cursor={first.Text("next")}")).Expect(HttpStatusCode.OK).Body;

        Assert.False(second.TryGetProperty("next", out _));
        Assert.Equal(apps.Order(), first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).Select(i => i.GetProperty("client").Text("id")).Order());
        (await _person.ReadAsync($"{Route}?limit=0")).ExpectFieldErrors("limit:out_of_range");
        (await _person.ReadAsync($"{Route}?cursor=%00")).ExpectFieldErrors("cursor:invalid");
    }

    [Fact]
    public async Task G4_Disconnecting_ends_everything_and_is_asked_for_again()
    {
        var app = await OAuthApp.RegisterAsync(_person);
        var tokens = await app.TokensAsync(_person);
        var code = await app.CodeAsync(_person);
        using var client = stores.Shared.CreateClient(tokens.Text("access_token"));

        (await _person.SendAsync(HttpMethod.Delete, $"{Route}/{app.Id}")).Expect(HttpStatusCode.NoContent);

        (await client.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await app.ExchangeAsync(_anyone, code)).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await app.AuthorizeAsync(_person)).Expect(HttpStatusCode.OK);
        Assert.Empty((await _person.ReadAsync(Route)).Body.GetProperty("items").EnumerateArray());
        (await _person.SendAsync(HttpMethod.Delete, $"{Route}/{app.Id}")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Others_are_not_concerned()
    {
        var app = await OAuthApp.RegisterAsync(_person);
        using var other = await stores.Shared.NewClientAsync();
        var tokens = await app.TokensAsync(other);

        (await _person.SendAsync(HttpMethod.Delete, $"{Route}/{app.Id}")).ExpectProblem(HttpStatusCode.NotFound, "authorization_not_found");
        (await _person.SendAsync(HttpMethod.Delete, $"{Route}/nobody")).ExpectProblem(HttpStatusCode.NotFound, "authorization_not_found");
        (await _anyone.ReadAsync(Route)).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");

        (await app.RefreshAsync(_anyone, tokens.Text("refresh_token"))).Expect(HttpStatusCode.OK);
    }
}
