using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Npgsql;
using StackExchange.Redis;

namespace Chat.Servers.Access;

/// <summary>
/// Rebuilds the models that readers found missing, in the background: whoever asked has had their answer from the database. Requests for a server that is waiting or
/// being rebuilt fall together; when too many wait, more are dropped, for the next reader asks again.
/// </summary>
internal sealed class PermissionModelRebuilder : BackgroundService
{
    private const int Waiting = 1000;
    private const int Workers = 2;
    private const int Attempts = 3;

    private readonly Channel<(Guid Server, Guid Channel)> _requests =
        System.Threading.Channels.Channel.CreateBounded<(Guid, Guid)>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.Wait });

    private readonly ConcurrentDictionary<Guid, byte> _pending = new();
    private readonly PermissionModelWriter _model;
    private readonly SnapshotReader _snapshots;
    private readonly Counter<long> _rebuilds;
    private readonly ILogger<PermissionModelRebuilder> _logger;

    public PermissionModelRebuilder(PermissionModelWriter model, SnapshotReader snapshots, IMeterFactory meters, ILogger<PermissionModelRebuilder> logger)
    {
        (_model, _snapshots, _logger) = (model, snapshots, logger);
        _rebuilds = meters.Create("Chat.Servers").CreateCounter<long>("chat.permissions.rebuilds", "{server}", "Permission models read from the database and written to Redis.");
    }

    /// <summary>Asks for a rebuild of a server's model, which a reader of <paramref name="channel"/> missed. Never waits.</summary>
    public void Request(Guid server, Guid channel)
    {
        if (_pending.TryAdd(server, 0) && !_requests.Writer.TryWrite((server, channel)))
        {
            _pending.TryRemove(server, out _);
        }
    }

    /// <summary>Rebuilds unless the model is complete.</summary>
    public async Task RebuildAsync(Guid server, Guid channel, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await _model.BeginAsync(server, channel, cancellationToken) is not { } nonce
                || await _snapshots.ReadAsync(server, cancellationToken) is not { } snapshot)
            {
                return;
            }

            _rebuilds.Add(1);
            if (await _model.CommitAsync(nonce, snapshot, cancellationToken))
            {
                return;
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await foreach (var (server, channel) in _requests.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await RebuildAsync(server, channel, stoppingToken);
            }
            catch (Exception exception) when (exception is RedisException or NpgsqlException or TimeoutException)
            {
                _logger.LogWarning("The permission model of {Server} was not rebuilt; readers keep asking: {Reason}", server, exception.Message);
            }
            finally
            {
                _pending.TryRemove(server, out _);
            }
        }
    }
}
