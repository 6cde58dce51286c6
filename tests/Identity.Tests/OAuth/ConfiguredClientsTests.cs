using System.Net;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Tests.OAuth;

/// <summary>Clients that the operator configures.</summary>
public sealed class ConfiguredClientsTests(IdentityStores stores)
{
    private const string Secret = "a secret of the operator, long enough";

    [Fact]
    public async Task They_are_there_from_the_start_on_every_replica_and_go_with_the_configuration()
    {
        var database = await stores.CreateDatabaseAsync();
        var settings = Settings("tracker");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            await using var replica = stores.Start(database, settings);
        }));

        await using var service = stores.Start(database, settings);
        var app = new OAuthApp("tracker", Secret, "https://tracker.example/back", OAuthApp.AllScopes);
        using var person = await service.NewClientAsync();
        using var anyone = service.CreateClient();
        var tokens = await app.TokensAsync(person);
        (await app.TokenAsync(anyone, ("grant_type", "client_credentials"))).Expect(HttpStatusCode.OK);
        (await person.ReadAsync("/api/v1/auth/clients/tracker")).ExpectProblem(HttpStatusCode.NotFound, "client_not_found");

        await using var changed = stores.Start(database, Settings("tracker", ("Name", "Renamed")));
        Assert.Contains("Renamed", (await app.AuthorizeAsync(person, ("prompt", "consent"))).Text, StringComparison.Ordinal);
        (await app.RefreshAsync(anyone, tokens.Text("refresh_token"))).Expect(HttpStatusCode.OK);

        await using var without = stores.Start(database, Settings("another"));
        using var client = service.CreateClient(tokens.Text("access_token"));
        (await client.ReadAsync("/api/v1/users/@me")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await app.AuthorizeAsync(person)).Expect(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("Id", "no spaces")]
    [InlineData("Name", "")]
    [InlineData("Secret", "short")]
    [InlineData("Scopes:0", "admin")]
    [InlineData("Grants:0", "implicit")]
    [InlineData("RedirectUris:0", "http://tracker.example/back")]
    public void A_wrong_one_is_named_at_the_start(string key, string value)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => stores.Start(stores.Database, Settings("tracker", (key, value))));

        Assert.Contains("OAuth:Clients:0:", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value is "short" ? value : Secret, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_somebody_has_registered_is_not_taken_over()
    {
        var database = await stores.CreateDatabaseAsync();
        await using var service = stores.Start(database);
        using var person = await service.NewClientAsync();
        var app = await OAuthApp.RegisterAsync(person);

        var refusal = Assert.Throws<InvalidOperationException>(() => stores.Start(database, Settings(app.Id)));
        Assert.Contains(app.Id, refusal.Message, StringComparison.Ordinal);

        using var anyone = service.CreateClient();
        (await (app with { Secret = Secret }).TokenAsync(anyone, ("grant_type", "refresh_token"))).ExpectOAuthError(HttpStatusCode.Unauthorized, "invalid_client");
        (await app.TokenAsync(anyone, ("grant_type", "refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_request");
    }

    private static Dictionary<string, string?> Settings(string id, params (string Key, string Value)[] changes)
    {
        var settings = new Dictionary<string, string?>
        {
            ["OAuth:Clients:0:Id"] = id,
            ["OAuth:Clients:0:Name"] = "Tracker",
            ["OAuth:Clients:0:Secret"] = Secret,
            ["OAuth:Clients:0:RedirectUris:0"] = "https://tracker.example/back",
            ["OAuth:Clients:0:Grants:0"] = "authorization_code",
            ["OAuth:Clients:0:Grants:1"] = "refresh_token",
            ["OAuth:Clients:0:Grants:2"] = "client_credentials",
        };
        foreach (var (index, scope) in OAuthApp.AllScopes.Split(' ').Index())
            settings[$"OAuth:Clients:0:Scopes:{index}"] = scope;
        foreach (var (key, value) in changes)
            settings[$"OAuth:Clients:0:{key}"] = value;
        return settings;
    }
}
