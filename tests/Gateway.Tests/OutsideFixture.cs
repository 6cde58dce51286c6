using Chat.Gateway.Tests;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(OutsideFixture))]

namespace Chat.Gateway.Tests;

/// <summary>One gateway before an outside server for each service, shared by the tests that look at single requests.</summary>
public sealed class OutsideFixture : IAsyncLifetime
{
    private static readonly string[] Services = ["identity", "servers", "messaging", "presence", "realtime"];

    private readonly Dictionary<string, OutsideServer> _servers = new(StringComparer.Ordinal);

    internal Stores.Stores Stores { get; } = new();

    internal RunningService<GatewayService> Gateway { get; private set; } = null!;

    internal HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Stores.InitializeAsync();
        foreach (var service in Services)
        {
            _servers[service] = await OutsideServer.StartAsync(service);
        }

        Gateway = Start();
        Client = Gateway.CreateClient();
    }

    /// <summary>Another gateway before the same servers.</summary>
    internal RunningService<GatewayService> Start(params (string Key, string? Value)[] settings) => Start(null, settings);

    /// <param name="services">Further registrations.</param>
    /// <param name="settings">Settings of its own.</param>
    internal RunningService<GatewayService> Start(Action<IServiceCollection>? services, params (string Key, string? Value)[] settings) =>
        GatewayHost.Start(Stores, [.. _servers.Select(entry => ($"services:{entry.Key}:http:0", (string?)entry.Value.Address.ToString())), .. settings], services);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Gateway.DisposeAsync();
        foreach (var server in _servers.Values)
        {
            await server.DisposeAsync();
        }

        await Stores.DisposeAsync();
    }
}
