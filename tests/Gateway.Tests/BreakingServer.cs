using System.Net;
using System.Net.Sockets;

namespace Chat.Gateway.Tests;

/// <summary>Accepts a connection, reads the request and hangs up, as a process does that is killed at work.</summary>
internal sealed class BreakingServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public static BreakingServer Start()
    {
        var server = new BreakingServer();
        server._listener.Start();
        _ = server.RunAsync();
        return server;
    }

    public void Dispose() => _listener.Dispose();

    private async Task RunAsync()
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await client.GetStream().ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false);
            }
            catch (IOException)
            {
                // The other side was faster.
                continue;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
