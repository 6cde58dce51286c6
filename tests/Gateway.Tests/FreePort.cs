using System.Net;
using System.Net.Sockets;

namespace Chat.Gateway.Tests;

internal static class FreePort
{
    /// <summary>A port of 127.0.0.1 where nobody listened a moment ago.</summary>
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
