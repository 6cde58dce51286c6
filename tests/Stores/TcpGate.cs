using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Chat.Stores;

/// <summary>Stands between a service and a store: while it is shut, connections break and new ones are dropped, as when the store is gone.</summary>
public sealed class TcpGate : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = new();
    private readonly (string Host, int Port) _store;
    private readonly Task _accepting;
    private volatile bool _open;

    /// <param name="host">The store's host.</param>
    /// <param name="port">The store's port.</param>
    /// <param name="open">Whether it lets through from the start.</param>
    public TcpGate(string host, int port, bool open = true)
    {
        _store = (host, port);
        _open = open;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the service connects to, on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Lets through.</summary>
    public void Open() => _open = true;

    /// <summary>Breaks every connection and drops further ones.</summary>
    public void Shut()
    {
        _open = false;
        foreach (var client in _clients.Keys)
            client.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Shut();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var carried = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                if (_open)
                    carried.Add(CarryAsync(client));
                else
                    client.Dispose();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Connections that the gate broke have failed; that is what it is for.
            await Task.WhenAll(carried).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var store = new TcpClient();
        _clients[client] = true;
        _clients[store] = true;
        try
        {
            // Asked again now that Shut can see this connection.
            if (!_open)
                return;
            await store.ConnectAsync(_store.Host, _store.Port);
            await Task.WhenAny(client.GetStream().CopyToAsync(store.GetStream()), store.GetStream().CopyToAsync(client.GetStream()));
        }
        finally
        {
            client.Dispose();
            _clients.TryRemove(client, out _);
            _clients.TryRemove(store, out _);
        }
    }
}
