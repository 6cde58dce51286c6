using System.Net;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TestStores = Chat.Stores.Stores;

namespace Chat.Identity.Tests;

public sealed class LogTests(IdentityStores stores)
{
    [Fact]
    public async Task No_secret_is_ever_logged()
    {
        const string dataProtectionKey = "a secret of the operator's";
        const string password = "a password nobody else has";
        const string wrongPassword = "a wrong one nobody else has";
        using var log = new EverythingLogged();
        await using var service = stores.Start(
            await stores.CreateDatabaseAsync(),
            new Dictionary<string, string?> { ["DataProtection:Key"] = dataProtectionKey },
            services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace)));
        using var client = service.CreateClient();
        var name = Calls.NewName();

        (await client.RegisterAsync(name, password)).Expect(HttpStatusCode.Created);
        (await client.RegisterAsync(name, password)).Expect(HttpStatusCode.Conflict);
        (await client.LoginAsync(name, wrongPassword)).Expect(HttpStatusCode.Unauthorized);
        (await client.PostBodyAsync("/api/v1/auth/login", Calls.Json($$"""{"login":1,"password":"{{wrongPassword}}"}"""))).Expect(HttpStatusCode.BadRequest);
        var cookie = (await client.LoginAsync(name, password)).Expect(HttpStatusCode.OK).SessionCookie;
        var token = (await service.ExchangeAsync(cookie)).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString() ?? "";
        using var me = service.CreateClient(token);
        (await me.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.OK);

        // Links that were mailed, used and not, and the passwords set by them.
        var address = $"{name}@example.org";
        const string changed = "a changed one nobody else has";
        const string reset = "a reset one nobody else has";
        (await me.PostBodyAsync("/api/v1/auth/change-password", new { currentPassword = wrongPassword, newPassword = changed })).Expect(HttpStatusCode.Unauthorized);
        (await me.PostBodyAsync("/api/v1/auth/change-password", new { currentPassword = password, newPassword = changed })).Expect(HttpStatusCode.NoContent);
        (await me.PostBodyAsync("/api/v1/auth/change-email", new { email = $"new-{address}" })).Expect(HttpStatusCode.Accepted);
        var emailLink = await client.TokenToAsync($"new-{address}");
        (await client.ForgotAsync(address)).Expect(HttpStatusCode.Accepted);
        var resetLink = await client.TokenToAsync(address);
        (await client.ConfirmEmailAsync(resetLink)).Expect(HttpStatusCode.BadRequest);
        (await client.ResetAsync(resetLink, "short")).Expect(HttpStatusCode.BadRequest);
        (await client.ResetAsync(resetLink, reset)).Expect(HttpStatusCode.NoContent);
        (await client.ResetAsync(resetLink, reset)).Expect(HttpStatusCode.BadRequest);
        var mails = await client.MailsToAsync(address);
        token = (await service.ExchangeAsync((await client.LoginAsync(name, reset)).Expect(HttpStatusCode.OK).SessionCookie)).Expect(HttpStatusCode.OK).Body.GetProperty("accessToken").GetString() ?? "";
        me.DefaultRequestHeaders.Authorization = new("Bearer", token);
        (await me.PostBodyAsync("/api/v1/auth/logout", null)).Expect(HttpStatusCode.NoContent);
        (await me.ReadAsync("/api/v1/users/@me")).Expect(HttpStatusCode.Unauthorized);

        Assert.Contains(log.Lines, line => line.Contains("/api/v1/auth/login", StringComparison.Ordinal));
        Assert.True(mails.Count >= 4);
        string[] secrets =
        [
            password, wrongPassword, changed, reset, cookie, token, token.Split('.')[2], dataProtectionKey, TestStores.ServiceKey, emailLink, resetLink,
            .. mails.SelectMany(mail => mail.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Where(line => line.Length > 20),
        ];
        foreach (var secret in secrets)
            Assert.DoesNotContain(log.Lines, line => line.Contains(secret, StringComparison.Ordinal));
    }
}
