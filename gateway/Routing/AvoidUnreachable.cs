using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Chat.Gateway.Routing;

/// <summary>A replica that could not be reached gets no requests for a second, as long as another can take them.</summary>
internal sealed class AvoidUnreachable(IDestinationHealthUpdater health) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "AvoidUnreachable";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        var failure = context.GetForwarderErrorFeature();
        if (failure is { Error: ForwarderError.Request } || failure?.NeverConnected() is true)
        {
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, Pause);
        }
        else if (failure is null && destination.Health.Passive is DestinationHealth.Unhealthy)
        {
            health.SetPassive(cluster, destination, DestinationHealth.Healthy, TimeSpan.Zero);
        }
    }
}
