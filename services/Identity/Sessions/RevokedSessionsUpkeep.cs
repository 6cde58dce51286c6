using Chat.Identity.Data;
using Microsoft.EntityFrameworkCore;
using StackExchange.Redis;

namespace Chat.Identity.Sessions;

/// <summary>
/// Keeps the revoked set in Redis equal to PostgreSQL: wholly when Redis has lost it, and at each pass what was revoked lately, for replicas that died
/// between the commit and Redis.
/// </summary>
internal sealed partial class RevokedSessionsUpkeep(
    IServiceScopeFactory scopes, RevokedSessions revoked, IConnectionMultiplexer redis, TimeProvider clock, ILogger<RevokedSessionsUpkeep> logger) : BackgroundService
{
    private const int BatchSize = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(200);

    // More than replicas' clocks differ by and a transaction takes.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _asked = new(0);
    private int _pending;
    private DateTimeOffset _completeUntil = DateTimeOffset.MinValue;
    private volatile bool _reconnected;
    private bool _failing;

    /// <summary>Somebody found the set missing: look at once instead of at the next interval. Cheap and safe to call for every request.</summary>
    public void LookNow()
    {
        if (Interlocked.Exchange(ref _pending, 1) == 0)
            _asked.Release();
    }

    public override void Dispose()
    {
        _asked.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        redis.ConnectionRestored += OnReconnected;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await PassAsync(stoppingToken);
                await Task.Delay(Breath, stoppingToken);
                await _asked.WaitAsync(Interval, stoppingToken);
                Volatile.Write(ref _pending, 0);
            }
        }
        finally
        {
            redis.ConnectionRestored -= OnReconnected;
        }
    }

    private void OnReconnected(object? sender, ConnectionFailedEventArgs e)
    {
        // It may have come back with an older state that still calls itself complete.
        _reconnected = true;
        LookNow();
    }

    private async Task PassAsync(CancellationToken cancellation)
    {
        try
        {
            if (_reconnected)
            {
                _reconnected = false;
                _completeUntil = DateTimeOffset.MinValue;
            }

            var now = clock.GetUtcNow();
            if (await revoked.IsCompleteAsync())
                await WriteAsync(_completeUntil, now, cancellation);
            else
                await RebuildAsync(now, cancellation);

            _completeUntil = now;
            _failing = false;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException || exception.IsFromDatabase())
        {
            if (!_failing)
                LogFailed(exception.Message);
            _failing = true;
        }
    }

    private async Task RebuildAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        string marker;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            marker = await revoked.BeginAsync();
            await WriteAsync(DateTimeOffset.MinValue, now, cancellation);
        }
        while (!await revoked.CompleteAsync(marker));

        LogRebuilt();
    }

    /// <summary>Writes what was revoked since <paramref name="completeUntil"/>, and in any case what may have been missed then.</summary>
    private async Task WriteAsync(DateTimeOffset completeUntil, DateTimeOffset now, CancellationToken cancellation)
    {
        var oldest = now - RevokedSessions.KeptFor;
        var from = completeUntil <= oldest + Overlap ? oldest : completeUntil - Overlap;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        var batch = new List<Guid>(BatchSize);
        await foreach (var id in db.Sessions.Where(s => s.RevokedAt >= from).Select(s => s.Id).AsAsyncEnumerable().WithCancellation(cancellation))
        {
            batch.Add(id);
            if (batch.Count == BatchSize)
            {
                await revoked.AddAsync(batch);
                batch.Clear();
            }
        }

        await revoked.AddAsync(batch);
    }

    [LoggerMessage(LogLevel.Information, "The set of revoked sessions in Redis was rebuilt")]
    private partial void LogRebuilt();

    [LoggerMessage(LogLevel.Warning, "The set of revoked sessions in Redis cannot be kept up, trying again: {Reason}")]
    private partial void LogFailed(string reason);
}
