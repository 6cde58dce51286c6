using System.Net;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Chat.Identity.Tests.TwoFactor;

[Collection(SharedReplicas.Name)]
public sealed class TwoFactorLogTests(TwoReplicas replicas)
{
    [Fact]
    public async Task No_secret_and_no_code_is_ever_logged()
    {
        using var log = new EverythingLogged();
        await using var replica = replicas.Start(services: services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace)));
        using var person = await replicas.NewPersonAsync(replica);

        var (app, codes) = await person.AddAppAsync();
        await person.AddMailAsync();
        var enabling = await person.MailedCodeAsync();
        (await person.PostAsync("proof/mail")).Expect(HttpStatusCode.Accepted);
        var proving = await person.MailedCodeAsync();
        (await person.PostAsync("proof", new { password = Calls.Password, code = proving })).Expect(HttpStatusCode.NoContent);
        (await person.LoginAsync(replica, codes[0])).Expect(HttpStatusCode.OK);
        (await person.LoginAsync(replica, codes[0])).Expect(HttpStatusCode.Unauthorized);

        Assert.Contains(log.Lines, line => line.Contains("/api/v1/auth/two-factor/totp", StringComparison.Ordinal));
        var plain = codes[0].Replace("-", "", StringComparison.Ordinal);
        foreach (var secret in new[] { app.Secret, codes[0], plain, codes[1], person.DeviceCookie["chat_device=".Length..] })
            Assert.DoesNotContain(log.Lines, line => line.Contains(secret, StringComparison.Ordinal));

        // Six digits may be part of any number: as a word of their own they are not.
        foreach (var code in new[] { enabling, proving })
            Assert.DoesNotContain(log.Lines, line => line.Split([' ', '=', '"', '\'', ',', ':'], StringSplitOptions.None).Contains(code));
    }
}
