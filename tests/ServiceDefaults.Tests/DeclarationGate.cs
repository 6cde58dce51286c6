using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Chat.ServiceDefaults.Tests;

/// <summary>Stands between a service and its broker, and cuts the connection in the middle of a declaration: when an exchange is to be declared, before the broker hears of it.</summary>
internal sealed class DeclarationGate : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = new();
    private readonly Uri _broker;
    private readonly Task _accepting;
    private volatile bool _cuts;

    public DeclarationGate(Uri broker)
    {
        _broker = broker;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The broker's address, through here.</summary>
    public string Address => new UriBuilder(_broker) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri.ToString();

    /// <summary>Class 40 of AMQP 0-9-1, exchanges, and its method 10, declare.</summary>
    private static ReadOnlySpan<byte> Declaration => [0, 40, 0, 10];

    /// <summary>Breaks every connection. From here on each is cut when it declares.</summary>
    public void Break()
    {
        _cuts = true;
        foreach (var client in _clients.Keys)
            client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var client in _clients.Keys)
            client.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var carried = new List<Task>();
        try
        {
            while (true)
                carried.Add(CarryAsync(await _listener.AcceptTcpClientAsync()));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(carried).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var broker = new TcpClient();
        _clients[client] = true;
        try
        {
            await broker.ConnectAsync(_broker.Host, _broker.Port);
            await Task.WhenAny(ForwardAsync(client.GetStream(), broker.GetStream()), broker.GetStream().CopyToAsync(client.GetStream()));
        }
        finally
        {
            client.Dispose();
            _clients.TryRemove(client, out _);
        }
    }

    private async Task ForwardAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            if (_cuts && buffer.AsSpan(0, read).IndexOf(Declaration) >= 0)
                return;
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }
}
