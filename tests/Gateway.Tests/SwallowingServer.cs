using System.Net;
using System.Net.Sockets;

namespace Chat.Gateway.Tests;

/// <summary>An address where connecting gets no answer at all, as at a machine that is switched off: the queue of connections is full and nobody takes one.</summary>
internal sealed class SwallowingServer : IDisposable
{
    private const int Enough = 8;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _queued = [];

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}/");

    public static SwallowingServer Start()
    {
        var server = new SwallowingServer();
        server._listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server._listener.Listen(1);
        for (var i = 0; i < Enough; i++)
        {
            var queued = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            server._queued.Add(queued);
            try
            {
                queued.Connect(server._listener.LocalEndPoint!);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // Begun: whether it is ever completed does not matter.
                continue;
            }
        }

        return server;
    }

    public void Dispose()
    {
        foreach (var queued in _queued)
        {
            queued.Dispose();
        }

        _listener.Dispose();
    }
}
