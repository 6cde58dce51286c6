using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Chat.Gateway.Tests;

/// <summary>Requests that no HTTP client would agree to send.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends the text as it is and reads until the server closes the connection.</summary>
    public static async Task<(int Status, string Reply)> SendAsync(Uri address, string request, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, timeout.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), timeout.Token);

        var reply = await ReadToEndAsync(stream, timeout.Token);
        return (reply.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(reply.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0, reply);
    }

    private static async Task<string> ReadToEndAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var reply = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                reply.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException) when (reply.Length > 0)
        {
            // A server that has answered may reset the connection rather than read what it refused.
            return reply.ToString();
        }

        return reply.ToString();
    }
}
