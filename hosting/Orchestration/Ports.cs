using Chat.Hosting.ApplicationModel;
using Chat.Hosting.Servers;

namespace Chat.Hosting.Orchestration;

/// <summary>Gives every endpoint its port before anything starts; a restarted process gets the same.</summary>
internal static class Ports
{
    /// <exception cref="DistributedApplicationException">A fixed port is in use, or cannot be had without a proxy.</exception>
    public static void Allocate(IEnumerable<IResource> resources, bool randomize)
    {
        HashSet<int> taken = [];
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
                endpoint.Allocated = [.. Enumerable.Range(0, resource.GetReplicaCount()).Select(replica => Allocate(resource, endpoint, replica, randomize, taken))];
        }
    }

    private static AllocatedEndpoint Allocate(IResource resource, EndpointAnnotation endpoint, int replica, bool randomize, HashSet<int> taken)
    {
        var port = randomize ? null : endpoint.Port;
        if (resource is not ContainerResource && endpoint.TargetPort is { } target)
        {
            if (port is not null && port != target)
                throw new DistributedApplicationException($"Resource '{resource.Name}' wants port {port} for its endpoint '{endpoint.Name}' and listens on {target}: the local engine puts no proxy between, give one of them.");
            port = target;
        }
        // Further replicas of a resource with a fixed port listen beside it.
        var number = port is { } wanted && replica == 0 ? Fixed(resource, endpoint, wanted, taken) : FreePort.Next();
        return new AllocatedEndpoint(endpoint, endpoint.UriScheme is "http" or "https" ? "localhost" : "127.0.0.1", number);
    }

    private static int Fixed(IResource resource, EndpointAnnotation endpoint, int port, HashSet<int> taken) =>
        taken.Add(port) && FreePort.IsFree(port)
            ? port
            : throw new DistributedApplicationException($"Port {port}, which resource '{resource.Name}' needs for its endpoint '{endpoint.Name}', is in use. Stop what listens on it, or give the resource another port.");
}
