using System.Net;
using System.Net.Sockets;

namespace Chat.Identity.Sessions;

internal static class ClientAddress
{
    private const int NetworkBytes = 8;

    public static IPAddress? Of(HttpContext http) => http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped
        ? mapped.MapToIPv4()
        : http.Connection.RemoteIpAddress;

    /// <summary>What to count by: the address, or for IPv6 its /64, which one subscriber has to themselves.</summary>
    public static string Subscriber(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 })
            return address?.ToString() ?? "unknown";

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes).ToString();
    }
}
