using Chat.ServiceDefaults.Discovery;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;

namespace Chat.Gateway.Routing;

internal static class ProxyExtensions
{
    public static void AddProxy(this IHostApplicationBuilder builder)
    {
        // Failures are logged by ProxyFailures, once and with the route.
        builder.Logging.AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.Error);
        var table = RouteTable.For(builder.Environment);
        builder.Services.AddSingleton<IProxyConfigProvider>(services => new InMemoryConfigProvider(
            ProxyConfiguration.Routes(table),
            ProxyConfiguration.Clusters(table, services.GetRequiredService<ServiceEndpoints>(), services.GetRequiredService<IOptions<GatewayOptions>>().Value)));
        builder.Services.AddSingleton<IPassiveHealthCheckPolicy, AvoidUnreachable>();
        builder.Services.AddReverseProxy()
            .AddTransforms<ProxyHeaders>()
            .ConfigureHttpClient((_, handler) =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(2);
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
                handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30);
            });
    }
}
