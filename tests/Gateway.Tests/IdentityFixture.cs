using System.Net.Http.Json;
using System.Text.Json;
using Chat.Identity;
using Chat.Stores;

namespace Chat.Gateway.Tests;

/// <summary>The real identity service on real stores behind two gateway replicas; an outside server stands for what is behind them besides.</summary>
public sealed class IdentityFixture(OutsideFixture outside) : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _settings = new(StringComparer.Ordinal);

    internal RunningService<IdentityService> Identity { get; private set; } = null!;

    internal HttpClient First { get; private set; } = null!;

    internal HttpClient Second { get; private set; } = null!;

    private readonly List<RunningService<GatewayService>> _gateways = [];

    public async ValueTask InitializeAsync()
    {
        _settings["ServiceKey"] = Stores.Stores.ServiceKey;
        _settings["Auth:Issuer"] = GatewayHost.PublicAddress;
        _settings["ConnectionStrings:identitydb"] = await outside.Stores.CreateDatabaseAsync("identity");
        _settings["ConnectionStrings:redis"] = outside.Stores.Redis;
        _settings["ConnectionStrings:rabbitmq"] = outside.Stores.RabbitMq;
        _settings["Passwords:Iterations"] = "1000";
        Identity = RunningService.Start<IdentityService>(_settings);
        First = await StartGatewayAsync();
        Second = await StartGatewayAsync();
    }

    /// <summary>A further gateway replica that hears of ended sessions already.</summary>
    internal async Task<HttpClient> StartGatewayAsync()
    {
        var gateway = outside.Start(("services:identity:http:0", Identity.Address.ToString()));
        _gateways.Add(gateway);
        var client = gateway.CreateClient();
        await Eventually.HoldsAsync("the gateway's connection to RabbitMQ", async () => await client.GetStringAsync("/health") == "Healthy");
        return client;
    }

    internal async Task StopIdentityAsync() => await Identity.DisposeAsync();

    internal void StartIdentityAgain() => Identity = RunningService.Start<IdentityService>(_settings, port: Identity.Address.Port);

    /// <summary>Registers somebody and signs them in through the first gateway.</summary>
    internal async Task<SignedIn> SignInAsync(string name)
    {
        var username = $"{name}_{Guid.NewGuid():N}"[..20];
        using var registered = await First.PostAsJsonAsync("/api/v1/auth/register", new { email = $"{username}@example.org", username, password = Accounts.Password });
        Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync());
        using var identity = Identity.CreateClient();
        await Accounts.VerifyEmailAsync(identity, $"{username}@example.org");
        return await SignInAgainAsync(username);
    }

    internal async Task<SignedIn> SignInAgainAsync(string username)
    {
        using var response = await First.PostAsJsonAsync("/api/v1/auth/login", new { login = username, password = Accounts.Password });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var setCookie = Assert.Single(response.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith("chat_session=", StringComparison.Ordinal));
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        return new SignedIn(username, body.GetProperty("session").GetProperty("id").GetGuid(), setCookie.Split(';')[0], setCookie);
    }

    public async ValueTask DisposeAsync()
    {
        First.Dispose();
        Second.Dispose();
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        await Identity.DisposeAsync();
    }
}

/// <summary>Somebody with a session.</summary>
/// <param name="Username">The account's name.</param>
/// <param name="Session">The session's id.</param>
/// <param name="Cookie">Name and value, as a browser sends them.</param>
/// <param name="SetCookie">The whole header that set it.</param>
internal sealed record SignedIn(string Username, Guid Session, string Cookie, string SetCookie);
