using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Chat.Realtime.Tests;

/// <summary>A way to a store that can be cut: open connections break and new ones are refused, as when the store was killed.</summary>
internal sealed class TcpGate(string host, int port) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly ConcurrentBag<Task> _work = [];
    private Socket? _listener;

    public int Port { get; private set; }

    public void Open()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listener.Listen();
        Port = ((IPEndPoint?)_listener.LocalEndPoint)?.Port ?? 0;
        _work.Add(AcceptAsync(_listener));
    }

    public void Cut()
    {
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
