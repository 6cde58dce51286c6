using Chat.Gateway;
using Chat.Hosting.Servers;
using Chat.Identity;
using Chat.Stores;

namespace Chat.EndToEnd.Tests;

/// <summary>
/// The real gateway and what is behind it, on real stores in this process, at one address for the whole run. The host is called localhost because a
/// browser takes no address for the name of a site: passkeys are refused on 127.0.0.1.
/// </summary>
public sealed class Door : IAsyncLifetime
{
    private readonly Stores.Stores _stores = new();
    private readonly Dictionary<string, string?> _settings = new(StringComparer.Ordinal);
    private RunningService<IdentityService>? _identity;
    private RunningService<GatewayService>? _gateway;

    /// <summary>Where people go, <c>http://localhost:12345/</c>: also the issuer of tokens.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await _stores.InitializeAsync();

        // Everybody is told the public address before the gateway listens there.
        var port = FreePort.Next();
        Address = new Uri($"http://localhost:{port}");
        _settings["ServiceKey"] = Stores.Stores.ServiceKey;
        _settings["Auth:Issuer"] = Address.GetLeftPart(UriPartial.Authority);
        _settings["ConnectionStrings:redis"] = _stores.Redis;
        _settings["ConnectionStrings:rabbitmq"] = _stores.RabbitMq;
        _settings["ConnectionStrings:identitydb"] = await _stores.CreateDatabaseAsync("identity");
        _settings["Passwords:Iterations"] = "1000";

        _identity = RunningService.Start<IdentityService>(_settings);
        _settings["services:identity:http:0"] = _identity.Address.ToString();
        _gateway = RunningService.Start<GatewayService>(_settings, port: port);
        using var client = _gateway.CreateClient();
        await Eventually.HoldsAsync("the gateway's connection to RabbitMQ", async () => await client.GetStringAsync("/health") == "Healthy");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable?[] parts = [_gateway, _identity, _stores];
        foreach (var part in parts)
            await (part?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
