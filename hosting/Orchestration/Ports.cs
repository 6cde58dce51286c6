using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Chat.Hosting.ApplicationModel;

namespace Chat.Hosting.Orchestration;

/// <summary>Gives every endpoint its port before anything starts; a restarted process gets the same.</summary>
internal static class Ports
{
    // Above the well-known ports, below where outgoing connections take theirs.
    private const int First = 12_000;
    private const int Last = 32_000;

    // Two applications in one process (tests) must not choose the same port before either listens.
    private static readonly ConcurrentDictionary<int, byte> Given = new();

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
        var number = port is { } wanted && replica == 0 ? Fixed(resource, endpoint, wanted, taken) : Free();
        return new AllocatedEndpoint(endpoint, endpoint.UriScheme is "http" or "https" ? "localhost" : "127.0.0.1", number);
    }

    private static int Fixed(IResource resource, EndpointAnnotation endpoint, int port, HashSet<int> taken) =>
        taken.Add(port) && IsFree(port)
            ? port
            : throw new DistributedApplicationException($"Port {port}, which resource '{resource.Name}' needs for its endpoint '{endpoint.Name}', is in use. Stop what listens on it, or give the resource another port.");

    private static int Free()
    {
        for (var attempt = 0; attempt < Last - First; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (!Given.ContainsKey(port) && IsFree(port) && Given.TryAdd(port, 0))
                return port;
        }
        throw new DistributedApplicationException($"No free port between {First} and {Last}.");
    }

    private static bool IsFree(int port) => IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            // IPv6 is compiled in and switched off: nothing can listen there.
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
