using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Chat.Hosting.Servers;

/// <summary>Ports on which nothing listens, and for which nobody else has asked who is yet to listen.</summary>
internal static class FreePort
{
    // Above the well-known ports, below where outgoing connections take theirs.
    private const int First = 12_000;
    private const int Last = 32_000;

    // Fewer than this below the ports of outgoing connections are not worth keeping apart from them.
    private const int Enough = 2_000;

    // What was given, with what keeps it from others until this process ends: between the choice of a port and its first listener there may be minutes.
    private static readonly ConcurrentDictionary<int, Socket?> Given = new();

    private static readonly int End = OperatingSystem.IsLinux() ? Below(ReadFirstOfOutgoing()) : Last;

    /// <summary>A port that was not given before, on Linux neither here nor by another process that asks here.</summary>
    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public static int Next()
    {
        for (var attempt = 0; attempt < End - First; attempt++)
        {
            var port = Random.Shared.Next(First, End);
            // Claimed before it is tried: trying would disturb its owner, who may be about to listen.
            if (TryClaim(port) && IsFree(port))
                return port;
        }
        throw new DistributedApplicationException($"No free port between {First} and {End}.");
    }

    /// <summary>Keeps a port from others that ask here; false when somebody has it.</summary>
    public static bool TryClaim(int port)
    {
        if (Given.ContainsKey(port))
            return false;
        if (!OperatingSystem.IsLinux())
            return Given.TryAdd(port, null);
        // A name in the abstract namespace: as wide as the ports themselves, and gone with its process.
        var claim = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            claim.Bind(new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"\0chat-port-{port}")));
        }
        catch (SocketException)
        {
            claim.Dispose();
            return false;
        }
        return Given.TryAdd(port, claim);
    }

    public static bool IsFree(int port) => IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    /// <summary>Where to stop when outgoing connections take ports from <paramref name="firstOfOutgoing"/> on.</summary>
    public static int Below(int firstOfOutgoing) => firstOfOutgoing - First < Enough ? Last : Math.Min(Last, firstOfOutgoing);

    private static int ReadFirstOfOutgoing()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        return File.Exists(Range) && int.TryParse(File.ReadAllText(Range).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(), CultureInfo.InvariantCulture, out var first) ? first : Last;
    }

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
