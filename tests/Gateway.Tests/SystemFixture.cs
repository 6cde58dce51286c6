using Chat.Client;
using Chat.Identity;
using Chat.Messaging;
using Chat.Realtime;
using Chat.Servers;
using Chat.Stores;

namespace Chat.Gateway.Tests;

/// <summary>Every service there is, on real stores, behind one gateway.</summary>
public sealed class SystemFixture(OutsideFixture outside) : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _settings = new(StringComparer.Ordinal);
    private RunningService<IdentityService>? _identity;
    private RunningService<ServersService>? _servers;
    private RunningService<MessagingService>? _messaging;
    private RunningService<RealtimeService>? _realtime;
    private RunningService<GatewayService>? _gateway;

    internal Uri Address { get; private set; } = new("http://127.0.0.1");

    public async ValueTask InitializeAsync()
    {
        // Everybody is told the public address before the gateway listens there.
        var port = FreePort.Take();
        Address = new Uri($"http://127.0.0.1:{port}");
        _settings["ServiceKey"] = Stores.Stores.ServiceKey;
        _settings["Auth:Issuer"] = Address.GetLeftPart(UriPartial.Authority);
        _settings["ConnectionStrings:redis"] = outside.Stores.Redis;
        _settings["ConnectionStrings:rabbitmq"] = outside.Stores.RabbitMq;
        _settings["Passwords:Iterations"] = "1000";
        foreach (var service in new[] { "identity", "servers", "messaging" })
        {
            _settings[$"ConnectionStrings:{service}db"] = await outside.Stores.CreateDatabaseAsync(service);
        }

        _identity = Start<IdentityService>("identity");
        // Servers and messaging ask each other: the address is known before messaging listens there.
        var messaging = FreePort.Take();
        _settings["services:messaging:http:0"] = $"http://127.0.0.1:{messaging}";
        _servers = Start<ServersService>("servers");
        _messaging = RunningService.Start<MessagingService>(_settings, port: messaging);
        _realtime = Start<RealtimeService>("realtime");
        _gateway = RunningService.Start<GatewayService>(_settings, port: port);
        // Events of the first test are heard too.
        await Task.WhenAll(_identity.ListensAsync(), _servers.ListensAsync(), _messaging.ListensAsync(), ListensAsync(_realtime));
        using var client = _gateway.CreateClient();
        await Eventually.HoldsAsync("the gateway's connection to RabbitMQ", async () => await client.GetStringAsync("/health") == "Healthy");
    }

    private static async Task ListensAsync(RunningService<RealtimeService> realtime)
    {
        using var client = realtime.CreateClient();
        await Eventually.HoldsAsync("realtime's queue", async () =>
        {
            using var health = await client.GetAsync("/health");
            return health.IsSuccessStatusCode;
        });
    }

    /// <summary>Ends the realtime service and starts its successor at the same address.</summary>
    internal async Task RestartRealtimeAsync()
    {
        var port = _realtime!.Address.Port;
        await _realtime.DisposeAsync();
        _realtime = RunningService.Start<RealtimeService>(_settings, port: port);
        await ListensAsync(_realtime);
    }

    /// <summary>A new account, signed in by cookie through the gateway.</summary>
    internal async Task<ChatClient> SignUpAsync(string name, CookieJar? jar = null)
    {
        var username = $"{name}_{Guid.NewGuid():N}"[..20];
        var client = new ChatClient(Address, new ChatClientOptions { Handler = jar });
        await client.RegisterAsync($"{username}@example.org", username, Accounts.Password, name);
        using (var identity = _identity!.CreateClient())
            await client.VerifyEmailAsync(await Accounts.MailedTokenAsync(identity, $"{username}@example.org"));
        await client.LoginAsync(username, Accounts.Password);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable?[] parts = [_gateway, _realtime, _messaging, _servers, _identity];
        foreach (var part in parts)
        {
            await (part?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private RunningService<TMarker> Start<TMarker>(string name) where TMarker : class
    {
        var service = RunningService.Start<TMarker>(_settings);
        _settings[$"services:{name}:http:0"] = service.Address.ToString();
        return service;
    }
}
