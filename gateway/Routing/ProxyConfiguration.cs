using Chat.ServiceDefaults.Discovery;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace Chat.Gateway.Routing;

/// <summary>The route table and the discovered replicas in the terms of YARP.</summary>
internal static class ProxyConfiguration
{
    public static IReadOnlyList<RouteConfig> Routes(IReadOnlyList<Route> table) =>
    [
        .. table.Select(route => new RouteConfig
        {
            RouteId = route.Path,
            ClusterId = route.Cluster,
            Match = new RouteMatch { Path = route.Path },
        }),
    ];

    public static IReadOnlyList<ClusterConfig> Clusters(IReadOnlyList<Route> table, ServiceEndpoints endpoints, GatewayOptions options) =>
    [
        .. table.DistinctBy(route => route.Cluster).Select(route => new ClusterConfig
        {
            ClusterId = route.Cluster,
            Destinations = Destinations(route.Service, endpoints),
            LoadBalancingPolicy = route.Socket ? LoadBalancingPolicies.PowerOfTwoChoices : LoadBalancingPolicies.RoundRobin,
            HttpRequest = new ForwarderRequestConfig
            {
                ActivityTimeout = route.Socket ? options.SocketIdleTimeout : options.UpstreamTimeout,
                Version = System.Net.HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            },
            HealthCheck = new HealthCheckConfig
            {
                Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = AvoidUnreachable.PolicyName },

                // With every replica avoided, all are tried: a service that is back is found by the first request.
                AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
            },
        }),
    ];

    /// <summary>Without configured addresses the service's name itself is the address, as a name server may know it.</summary>
    private static Dictionary<string, DestinationConfig> Destinations(string service, ServiceEndpoints endpoints)
    {
        var addresses = endpoints.All(service);
        return (addresses.Count == 0 ? [new Uri($"http://{service}")] : addresses)
            .Select((address, index) => (Name: $"{service}-{index}", Address: address))
            .ToDictionary(entry => entry.Name, entry => new DestinationConfig { Address = entry.Address.ToString() }, StringComparer.Ordinal);
    }
}
