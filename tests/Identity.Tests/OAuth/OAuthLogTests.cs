using System.Net;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Chat.Identity.Tests.OAuth;

public sealed class OAuthLogTests(IdentityStores stores)
{
    [Fact]
    public async Task No_code_token_or_secret_is_ever_logged()
    {
        using var log = new EverythingLogged();
        await using var service = stores.Start(stores.Database, services: services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace)));
        using var person = await service.NewClientAsync();
        using var anyone = service.CreateClient();
        var app = await OAuthApp.RegisterAsync(person);
        var asked = await app.CodeAsync(person);
        var remembered = OAuthApp.Redirected(await app.AuthorizeAsync(person))["code"];
        var tokens = (await app.ExchangeAsync(anyone, asked)).Expect(HttpStatusCode.OK).Body;
        var next = (await app.RefreshAsync(anyone, tokens.Text("refresh_token"))).Expect(HttpStatusCode.OK).Body;
        (await app.RefreshAsync(anyone, tokens.Text("refresh_token"))).ExpectOAuthError(HttpStatusCode.BadRequest, "invalid_grant");
        (await app.RevokeAsync(anyone, next.Text("access_token"))).Expect(HttpStatusCode.OK);

        Assert.Contains(log.Lines, line => line.Contains("/oauth/token", StringComparison.Ordinal));
        foreach (var secret in new[] { app.Secret ?? "", asked, remembered, OAuthApp.Verifier, tokens.Text("refresh_token"), next.Text("refresh_token"), tokens.Text("access_token"), tokens.Text("id_token") })
            Assert.DoesNotContain(log.Lines, line => line.Contains(secret, StringComparison.Ordinal));
    }
}
