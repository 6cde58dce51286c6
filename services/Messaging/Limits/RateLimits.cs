using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Chat.Messaging.Limits;

/// <summary>
/// Decides by limits that all replicas share, in one call of Redis. While Redis is away each replica decides by itself, and asks Redis again once a second:
/// a send neither fails nor waits because of it.
/// </summary>
internal sealed partial class RateLimits
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    private readonly IConnectionMultiplexer _redis;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _clock;
    private readonly ILogger<RateLimits> _logger;
    private readonly LocalLimits _local;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _decidedLocally;
    private long _awayUntil;

    public RateLimits(IConnectionMultiplexer redis, IOptions<LimitsOptions> options, TimeProvider clock, IMeterFactory meters, ILogger<RateLimits> logger)
    {
        (_redis, _limit, _clock, _logger) = (redis, options.Value.RedisTimeout, clock, logger);
        _local = new LocalLimits(clock, options.Value.LocalCounters);
        var meter = meters.Create("Chat.Messaging");
        _refused = meter.CreateCounter<long>("chat.messaging.limits.refused", "{request}", "Requests answered 429, by the limit.");
        _decidedLocally = meter.CreateCounter<long>("chat.messaging.limits.local", "{request}", "Requests that a replica decided by itself because Redis was away.");
    }

    /// <summary>Counts by all limits of the request, or, when one of them refuses, by none.</summary>
    public async Task<LimitDecision> TakeAsync(LimitRequest request, CancellationToken cancellationToken)
    {
        var decision = await DecideAsync(request, count: true, cancellationToken);
        if (decision.RefusedBy is { } limit)
            _refused.Add(1, new KeyValuePair<string, object?>("limit", limit));
        if (decision.Local)
            _decidedLocally.Add(1);
        return decision;
    }

    /// <summary>How the limits stand. Never refused.</summary>
    public Task<LimitDecision> LookAsync(LimitRequest request, CancellationToken cancellationToken) => DecideAsync(request, count: false, cancellationToken);

    /// <summary>A send that took, or shared, a turn of slow mode was not stored.</summary>
    /// <param name="local">Whether this replica gave the turn.</param>
    public async Task GiveBackAsync(SlowTurn turn, bool local)
    {
        if (local)
        {
            _local.GiveBack(turn);
            return;
        }

        try
        {
            await LimitScripts.GiveBackAsync(_redis.GetDatabase(), _limit, turn);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogAway(exception.Message);
        }
    }

    private async Task<LimitDecision> DecideAsync(LimitRequest request, bool count, CancellationToken cancellationToken)
    {
        if (_redis.IsConnected && _clock.GetElapsedTime(0).Ticks >= Volatile.Read(ref _awayUntil))
        {
            try
            {
                return await LimitScripts.DecideAsync(_redis.GetDatabase(), _limit, request, count, cancellationToken);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                Volatile.Write(ref _awayUntil, (_clock.GetElapsedTime(0) + BetweenAttempts).Ticks);
                LogAway(exception.Message);
            }
        }

        return _local.Decide(request, count);
    }

    [LoggerMessage(LogLevel.Warning, "Redis does not keep the limits, this replica does: {Reason}")]
    private partial void LogAway(string reason);
}
