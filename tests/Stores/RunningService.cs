using MassTransit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Chat.Stores;

/// <summary>Starts services under test.</summary>
public static class RunningService
{
    /// <summary>Starts it.</summary>
    /// <typeparam name="TMarker">The service's marker type, such as <c>Chat.Identity.IdentityService</c>.</typeparam>
    /// <param name="settings">Configuration, keys with colons: <c>ConnectionStrings:identitydb</c>, <c>services:identity:http:0</c>, …; <c>environment</c> is Development unless given.</param>
    /// <param name="services">Replaces registrations, the clock for example.</param>
    /// <param name="port">Where to listen: that of a replica which was stopped, to be its successor; 0 for any free one.</param>
    /// <exception cref="Exception">It does not start: what its program ended with.</exception>
    public static RunningService<TMarker> Start<TMarker>(IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? services = null, int port = 0) where TMarker : class
    {
        var factory = new RunningService<TMarker>.Factory(settings, services);
        // Not one of those that outgoing connections take: it stays free while the service is stopped, and nobody who asks there in vain is given it.
        factory.UseKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, port == 0 ? NodePackage.FreePort() : port));
        try
        {
            factory.StartServer();
        }
        catch
        {
            factory.Dispose();
            throw;
        }

        var addresses = factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()
            ?? throw new InvalidOperationException("The server has no addresses.");
        return new RunningService<TMarker>(factory, new Uri(addresses.Addresses.First()));
    }
}

/// <summary>
/// One replica of a real service in this process, listening on a free port of 127.0.0.1, configured by the same keys as in production.
/// Start several on the same database for replicas.
/// </summary>
/// <typeparam name="TMarker">The service's marker type.</typeparam>
public sealed class RunningService<TMarker> : IAsyncDisposable where TMarker : class
{
    private readonly Factory _factory;

    internal RunningService(Factory factory, Uri address) => (_factory, Address) = (factory, address);

    /// <summary>Where it listens, such as <c>http://127.0.0.1:12345/</c>.</summary>
    public Uri Address { get; }

    /// <summary>Its service provider.</summary>
    public IServiceProvider Services => _factory.Services;

    /// <summary>A client of this replica, optionally with a bearer token. It keeps no cookies and follows no redirects.</summary>
    public HttpClient CreateClient(string? bearer = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Address };
        if (bearer is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", bearer);
        }

        return client;
    }

    /// <summary>Returns when its queues are there and consumed: what is published from then on reaches it.</summary>
    public async Task ListensAsync()
    {
        var limit = TimeSpan.FromMinutes(1);
        if (await Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, limit) != BusHealthStatus.Healthy)
        {
            throw new TimeoutException($"{Address}: not all queues are consumed after {limit}.");
        }
    }

    /// <summary>Stops it gracefully.</summary>
    public ValueTask DisposeAsync() => _factory.DisposeAsync();

    internal sealed class Factory(IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? services) : WebApplicationFactory<TMarker>
    {
        protected override IHost CreateHost(IHostBuilder builder)
        {
            // Host configuration reaches Program.cs as command-line arguments, so that it is there before Build.
            builder.ConfigureHostConfiguration(configuration => configuration.AddInMemoryCollection(settings));
            return StartGate.Start(builder);
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            // Development, as `dotnet run` starts it: mails are kept where tests can read them.
            builder.UseEnvironment(settings.GetValueOrDefault(HostDefaults.EnvironmentKey) ?? Environments.Development);
            builder.ConfigureLogging(logging => logging.ClearProviders().AddDebug().SetMinimumLevel(LogLevel.Warning));
            builder.ConfigureServices((context, registered) => OwnQueues.Add(registered, context.Configuration, context.HostingEnvironment));
            if (services is not null)
            {
                builder.ConfigureServices(services);
            }
        }
    }
}
