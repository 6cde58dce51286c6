using Chat.Gateway;
using Chat.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Chat.Identity.Tests.External;

/// <summary>Their tests share the providers and a site, and run one after the other.</summary>
[CollectionDefinition]
public sealed class ExternalCollection : ICollectionFixture<ExternalProvider>;

/// <summary>The providers' process and a site before them.</summary>
public sealed class ExternalProvider(IdentityStores stores) : IAsyncLifetime
{
    private ProviderProcess? _process;
    private ExternalSite? _site;

    /// <summary>The site that most tests share.</summary>
    internal ExternalSite Site => _site ?? throw new InvalidOperationException("The fixture is not initialised.");

    public async ValueTask InitializeAsync()
    {
        _process = await ProviderProcess.StartAsync(Calls.Cancel);
        _site = await ExternalSite.StartAsync(stores, _process, settings: null, services: null);
    }

    /// <summary>A site of a test's own, with settings or a clock of its own.</summary>
    internal Task<ExternalSite> StartSiteAsync(IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null) =>
        ExternalSite.StartAsync(stores, Site.Provider, settings, services);

    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable?[] parts = [_site, _process];
        foreach (var part in parts)
            await (part?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}

/// <summary>The real gateway before the real identity service. It is called localhost, the providers 127.0.0.1: two sites to a browser.</summary>
internal sealed class ExternalSite(RunningService<IdentityService> identity, RunningService<GatewayService> gateway, ProviderProcess provider, Uri address, string database) : IAsyncDisposable
{
    public Uri Address => address;

    public ProviderProcess Provider => provider;

    public string Database => database;

    public RunningService<IdentityService> Identity => identity;

    public static async Task<ExternalSite> StartAsync(
        IdentityStores stores, ProviderProcess provider, IReadOnlyDictionary<string, string?>? settings, Action<IServiceCollection>? services)
    {
        var port = NodePackage.FreePort();
        var address = new Uri($"http://localhost:{port}");
        var all = new Dictionary<string, string?>(provider.Settings(), StringComparer.Ordinal)
        {
            ["Auth:Issuer"] = address.GetLeftPart(UriPartial.Authority),
            // The first account of this database is somebody who may want to leave: not the last administrator.
            ["Admin:Email"] = "administrator@example.org",
            ["External:PerAddress"] = "100000",

            // As long as may be: the providers' process may stand still for seconds.
            ["External:Timeout"] = "00:00:09",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
            all[key] = value;

        var database = all.GetValueOrDefault("ConnectionStrings:identitydb") ?? await stores.CreateDatabaseAsync();
        var identity = stores.Start(database, all, services);
        var gateway = RunningService.Start<GatewayService>(
            new Dictionary<string, string?>
            {
                ["ServiceKey"] = Stores.Stores.ServiceKey,
                ["Auth:Issuer"] = address.GetLeftPart(UriPartial.Authority),
                ["ConnectionStrings:rabbitmq"] = stores.Stores.RabbitMq,
                ["services:identity:http:0"] = identity.Address.ToString(),
            },
            port: port);
        using var client = gateway.CreateClient();
        await Eventually.HoldsAsync("the gateway's connection to RabbitMQ", async () => await client.GetStringAsync("/health", Calls.Cancel) == "Healthy");
        return new ExternalSite(identity, gateway, provider, address, database);
    }

    /// <summary>Somebody at a browser of their own, without an account here.</summary>
    public Browser Open(string name = "u") => new(this, Calls.NewName(name));

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await identity.DisposeAsync();
    }
}
