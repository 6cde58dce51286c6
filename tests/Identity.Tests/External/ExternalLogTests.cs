using System.Net;
using Chat.Stores;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Chat.Identity.Tests.External;

[Collection<ExternalCollection>]
public sealed class ExternalLogTests(ExternalProvider providers)
{
    [Fact]
    public async Task No_secret_of_a_sign_in_with_a_provider_is_logged()
    {
        using var log = new EverythingLogged();
        await using var site = await providers.StartSiteAsync(services: services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace)));
        using var browser = site.Open();
        await browser.TellProvidersAsync();
        var callback = await browser.ReturnAsync(await browser.BeginAsync("google"));
        (await browser.FollowAsync(callback)).Expect("registration_required");
        var ticket = browser.CookieOf("chat_external") ?? "";
        (await browser.CallAsync(HttpMethod.Post, "auth/external/register", new { username = browser.Name })).Expect(HttpStatusCode.Created);
        await browser.TellProvidersAsync(faults: new { token = "broken" });
        var failed = await browser.ReturnAsync(await browser.BeginAsync("google"));
        (await browser.FollowAsync(failed)).Expect("error", "provider_unavailable");
        await browser.TellProvidersAsync(faults: new { userinfo = new { body = new { secret = "what they sent" } } });
        (await browser.GoAsync("google")).Expect("error", "provider_failed");

        Assert.Contains(log.Lines, line => line.Contains("provider_unavailable", StringComparison.Ordinal));
        string[] secrets = [ProviderProcess.ClientSecret, Code(callback), Code(failed), ticket, browser.CookieOf("chat_session") ?? "", "what they sent", browser.Email];
        foreach (var secret in secrets)
        {
            Assert.NotEmpty(secret);
            Assert.DoesNotContain(log.Lines, line => line.Contains(secret, StringComparison.Ordinal));
        }
    }

    private static string Code(Uri callback) => QueryHelpers.ParseQuery(callback.Query)["code"].ToString();
}
