using System.Net;

namespace Chat.Identity.Tests;

public sealed class UnusualSignInTests(IdentityStores stores)
{
    private const string Notice = "A browser that is new to your account has signed in.";

    [Fact]
    public async Task The_owner_hears_of_a_sign_in_from_a_browser_that_is_new_to_the_account()
    {
        var (name, _, _, _) = await stores.Shared.NewPersonAsync();
        Assert.DoesNotContain(Notice, await stores.Shared.MailedTextAsync(name), StringComparison.Ordinal);
        using var browser = stores.Shared.CreateClient();

        (await browser.PostBodyAsync("/api/v1/auth/login", new { login = name, password = Calls.Password }, ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")))
            .Expect(HttpStatusCode.OK);

        var mail = await stores.Shared.MailedTextAsync(name);
        Assert.Contains(Notice, mail, StringComparison.Ordinal);
        Assert.Contains("Firefox on Linux, address 127.0.0.1", mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_hears_of_a_browser_that_is_known()
    {
        using var client = stores.Shared.CreateClient();
        var name = Calls.NewName();
        (await client.RegisterAsync(name)).Expect(HttpStatusCode.Created);
        var device = (await client.LoginAsync(name)).Expect(HttpStatusCode.OK).SetCookies.Single(c => c.StartsWith("chat_device=", StringComparison.Ordinal)).Split(';')[0];

        (await client.PostBodyAsync("/api/v1/auth/login", new { login = name, password = Calls.Password }, ("Cookie", device))).Expect(HttpStatusCode.OK);

        Assert.DoesNotContain(Notice, await stores.Shared.MailedTextAsync(name), StringComparison.Ordinal);
    }
}
