using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Chat.Hosting.Servers;

/// <summary>Ports on which nothing listens.</summary>
internal static class FreePort
{
    // Above the well-known ports, below where outgoing connections take theirs.
    private const int First = 12_000;
    private const int Last = 32_000;

    // Two applications in one process (tests) must not choose the same port before either listens.
    private static readonly ConcurrentDictionary<int, byte> Given = new();

    /// <summary>A port that was not given before.</summary>
    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public static int Next()
    {
        for (var attempt = 0; attempt < Last - First; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (!Given.ContainsKey(port) && IsFree(port) && Given.TryAdd(port, 0))
                return port;
        }
        throw new DistributedApplicationException($"No free port between {First} and {Last}.");
    }

    public static bool IsFree(int port) => IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

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
