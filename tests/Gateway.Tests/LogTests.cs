using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Chat.Gateway.Tests;

public sealed class LogTests(OutsideFixture outside)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly (string, string?)[] Everything =
        [.. new[] { "Default", "Microsoft.AspNetCore", "System.Net.Http", "Yarp", "Yarp.ReverseProxy.Forwarder", "MassTransit" }.Select(category => ($"Logging:LogLevel:{category}", (string?)"Trace"))];

    [Fact]
    public async Task No_credential_is_logged_at_any_level()
    {
        var token = $"chat_pat_{new string('T', 43)}";
        var session = new string('S', 43);
        const string device = "a-device-of-somebodys";
        const string basic = "Y2xpZW50OnNlY3JldA==";
        using var log = new EverythingLogged();

        // With nobody at identity's address the exchanges fail, and failures are what gets logged.
        await using var alone = outside.Start(To(log), [("services:identity:http:0", $"http://127.0.0.1:{FreePort.Take()}/"), .. Everything]);
        await using var gateway = outside.Start(To(log), Everything);
        using var failing = alone.CreateClient();
        using var working = gateway.CreateClient();

        Assert.Equal(503, await StatusAsync(failing, "/api/v1/servers", ("Authorization", $"Bearer {token}")));
        Assert.Equal(503, await StatusAsync(failing, "/api/v1/servers", ("Cookie", $"chat_session={session}")));
        Assert.Equal(503, await StatusAsync(failing, "/api/v1/users/@me", ("Authorization", $"Basic {basic}"), ("Cookie", $"chat_device={device}")));
        Assert.Equal(401, await StatusAsync(working, "/api/v1/servers", ("Authorization", $"Token {token}")));
        Assert.Equal(200, await StatusAsync(working, "/oauth/token", ("Authorization", $"Basic {basic}"), ("Cookie", $"chat_device={device}")));

        Assert.Contains(log.Lines, line => line.Contains("/oauth/token", StringComparison.Ordinal));
        foreach (var secret in new[] { token, session, device, basic, Stores.Stores.ServiceKey })
        {
            Assert.DoesNotContain(log.Lines, line => line.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task What_an_address_carries_after_its_path_is_not_logged_unless_asked_for()
    {
        const string code = "a-code-in-an-address";
        using var log = new EverythingLogged();
        await using var alone = outside.Start(To(log), ("services:identity:http:0", $"http://127.0.0.1:{FreePort.Take()}/"));
        await using var gateway = outside.Start(To(log));
        using var failing = alone.CreateClient();
        using var working = gateway.CreateClient();

        Assert.Equal(503, await StatusAsync(failing, $"/oauth/authorize?state={code}"));
        Assert.Equal(200, await StatusAsync(working, $"/oauth/authorize?state={code}"));

        Assert.Contains(log.Lines, line => line.Contains("/oauth/{**rest}", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains(code, StringComparison.Ordinal));
    }

    private static Action<IServiceCollection> To(EverythingLogged log) => services => services.AddLogging(logging => logging.AddProvider(log));

    private static async Task<int> StatusAsync(HttpClient gateway, string target, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await gateway.SendAsync(request, Cancel);
        return (int)response.StatusCode;
    }
}
