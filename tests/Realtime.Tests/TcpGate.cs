using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Chat.Stores;

namespace Chat.Realtime.Tests;

/// <summary>A way to a store that can be cut: open connections break and new ones are refused, as when the store was killed.</summary>
internal sealed class TcpGate(string host, int port) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly ConcurrentBag<Task> _work = [];
    private Socket? _listener;
    private volatile bool _cut;

    /// <summary>Kept while the way is cut: not among those that outgoing connections take, of which one could be given it meanwhile.</summary>
    public int Port { get; } = NodePackage.FreePort();

    public void Open()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listener.Listen();
        _cut = false;
        _work.Add(AcceptAsync(_listener));
    }

    public void Cut()
    {
        _cut = true;
        _listener?.Dispose();
        foreach (var socket in _open.Keys)
            socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await Task.WhenAll(_work);
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
                _work.Add(CarryAsync(await listener.AcceptAsync()));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private async Task CarryAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (near)
        {
            _open[near] = _open[far] = true;
            try
            {
                // Asked now that a cut can see this connection.
                if (_cut)
                    return;
                await far.ConnectAsync(host, port);
                await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The store is gone: so is the connection.
            }
            _open.TryRemove(near, out _);
            _open.TryRemove(far, out _);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            await using var source = new NetworkStream(from);
            await using var target = new NetworkStream(to);
            await source.CopyToAsync(target);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // One end broke; the other is closed with it.
        }
    }
}
