using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Chat.Realtime.Sockets;

/// <summary>The sockets open on this replica, by person.</summary>
internal sealed class OpenSockets(IOptions<RealtimeOptions> options, RealtimeTelemetry telemetry)
{
    private readonly Dictionary<Guid, HashSet<ClientSocket>> _byUser = [];
    private readonly ConcurrentDictionary<ClientSocket, bool> _all = new();
    private readonly Lock _gate = new();
    private bool _draining;

    public IEnumerable<ClientSocket> All => _all.Keys;

    /// <summary>False when the person has as many open as allowed. It is kept all the same until removed, so that time limits hold for it.</summary>
    public bool TryAdd(ClientSocket client)
    {
        bool draining;
        bool allowed;
        lock (_gate)
        {
            draining = _draining;
            _all[client] = true;
            if (!_byUser.TryGetValue(client.Owner.User, out var sockets))
                _byUser[client.Owner.User] = sockets = [];
            allowed = sockets.Count < options.Value.SocketsPerUser && sockets.Add(client);
        }
        telemetry.SocketOpened();
        if (draining)
            client.Close(SocketClose.Draining(Hint()));
        return allowed;
    }

    public void Remove(ClientSocket client)
    {
        lock (_gate)
        {
            _all.TryRemove(client, out _);
            if (_byUser.TryGetValue(client.Owner.User, out var sockets) && sockets.Remove(client) && sockets.Count == 0)
                _byUser.Remove(client.Owner.User);
        }
        telemetry.SocketGone();
    }

    public ClientSocket[] Of(Guid user)
    {
        lock (_gate)
            return _byUser.TryGetValue(user, out var sockets) ? [.. sockets] : [];
    }

    /// <summary>Closes everything that is open and whatever still opens.</summary>
    public void Drain()
    {
        lock (_gate)
            _draining = true;
        foreach (var client in All)
            client.Close(SocketClose.Draining(Hint()));
    }

    private TimeSpan Hint() => options.Value.ReconnectWithin * Random.Shared.NextDouble();
}
