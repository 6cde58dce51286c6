using Chat.Access;
using Chat.ServiceDefaults.Stores;
using StackExchange.Redis;

namespace Chat.Servers.Access;

/// <summary>What became of a delta.</summary>
internal enum DeltaOutcome
{
    /// <summary>Applied to the complete model.</summary>
    Applied,

    /// <summary>The model already includes this revision or a later one.</summary>
    Past,

    /// <summary>An earlier delta is missing; nothing was written.</summary>
    Gap,

    /// <summary>The model was emptied down to its revision: readers ask servers until it is rebuilt.</summary>
    Wiped,
}

/// <summary>
/// Writes the read model so that a stale write always loses. Two things decide: the revision <c>v</c>, which never goes back, and the <c>nonce</c>, which proves to a
/// rebuild that Redis remembers everything since the rebuild began. See docs/decisions/0003-permission-read-model.md.
/// </summary>
internal sealed class PermissionModelWriter(IConnectionMultiplexer redis)
{
    /// <summary>How long an unused model stays. Losing it is harmless: the next reader asks servers.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const int FieldsPerCall = 1000;
    private static readonly TimeSpan RebuildLifetime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan[] Moments = [.. new[] { 5, 10, 20, 40 }.Select(wait => TimeSpan.FromMilliseconds(wait))];

    private static readonly RedisScript Delta = new("""
        local hash, rev, ttl, force = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[3] == '1'
        local v = tonumber(redis.call('HGET', hash, 'v') or '-1')
        if v >= rev then return 1 end
        local complete = redis.call('HGET', hash, 'complete') == '1'
        if complete and v == rev - 1 then
          for i = 5, #ARGV, 3 do
            if ARGV[i] == 'set' then redis.call('HSET', hash, ARGV[i + 1], ARGV[i + 2]) else redis.call('HDEL', hash, ARGV[i + 1]) end
          end
          redis.call('HSET', hash, 'v', ARGV[1])
          redis.call('EXPIRE', hash, ttl)
          for i = 2, #KEYS do redis.call('SET', KEYS[i], ARGV[4], 'EX', ttl) end
          return 0
        end
        if complete and not force then return 2 end
        local nonce = redis.call('HGET', hash, 'nonce')
        redis.call('DEL', hash)
        redis.call('HSET', hash, 'v', ARGV[1])
        if nonce then redis.call('HSET', hash, 'nonce', nonce) end
        redis.call('EXPIRE', hash, ttl)
        return 3
        """);

    // Without the hash there is nothing stale, and no rebuild under way can commit: its nonce is gone.
    private static readonly RedisScript Overtake = new("""
        local hash = KEYS[1]
        if redis.call('EXISTS', hash) == 0 or tonumber(redis.call('HGET', hash, 'v') or '-1') >= tonumber(ARGV[1]) then return 1 end
        local nonce = redis.call('HGET', hash, 'nonce')
        redis.call('DEL', hash)
        redis.call('HSET', hash, 'v', ARGV[1])
        if nonce then redis.call('HSET', hash, 'nonce', nonce) end
        redis.call('EXPIRE', hash, ARGV[2])
        return 3
        """);

    private static readonly RedisScript Begin = new("""
        local hash = KEYS[1]
        if redis.call('HGET', hash, 'complete') == '1' and redis.call('EXISTS', KEYS[2]) == 1 then return '' end
        redis.call('HSETNX', hash, 'nonce', ARGV[1])
        redis.call('EXPIRE', hash, ARGV[2])
        return redis.call('HGET', hash, 'nonce')
        """);

    private static readonly RedisScript Commit = new("""
        local hash, fresh, rev, ttl = KEYS[1], KEYS[2], tonumber(ARGV[2]), ARGV[4]
        if redis.call('HGET', hash, 'nonce') ~= ARGV[1]
          or tonumber(redis.call('HGET', hash, 'v') or '-1') > rev
          or redis.call('HLEN', fresh) ~= tonumber(ARGV[3]) then
          redis.call('DEL', fresh)
          return 0
        end
        redis.call('RENAME', fresh, hash)
        redis.call('HMSET', hash, 'nonce', ARGV[1], 'v', ARGV[2], 'complete', '1')
        redis.call('EXPIRE', hash, ttl)
        for i = 3, #KEYS do redis.call('SET', KEYS[i], ARGV[5], 'EX', ttl) end
        return 1
        """);

    /// <summary>How long each call of Redis may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What a delta waits for those before it, time after time, until it gives the model up for rebuilding.</summary>
    public IReadOnlyList<TimeSpan> GapWaits { get; init; } = Moments;

    private static string Ttl => ((int)Lifetime.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// Applies a delta. When an earlier one is still on its way, from this replica or another, waits for it briefly before giving the model up for rebuilding.
    /// </summary>
    /// <exception cref="RedisException">Redis is away.</exception>
    /// <exception cref="TimeoutException">Redis does not answer; the delta may still arrive, which is harmless.</exception>
    public async Task<DeltaOutcome> ApplyAsync(ModelDelta delta, CancellationToken cancellationToken)
    {
        foreach (var wait in GapWaits)
        {
            if (await TryApplyAsync(delta, force: false, cancellationToken) is not DeltaOutcome.Gap and var outcome)
            {
                return outcome;
            }

            await Task.Delay(wait, cancellationToken);
        }

        return await TryApplyAsync(delta, force: true, cancellationToken);
    }

    /// <summary>
    /// Makes sure that the model shows nothing older than <paramref name="rev"/>, without knowing what changed: empties it if it might.
    /// </summary>
    /// <exception cref="RedisException">Redis is away.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task<DeltaOutcome> OvertakeAsync(Guid server, long rev, CancellationToken cancellationToken) =>
        (DeltaOutcome)(int)await Overtake.RunAsync(redis.GetDatabase(), Limit, [PermissionModel.ServerKey(server)], [rev, Ttl], cancellationToken);

    /// <summary>One attempt at a delta. <paramref name="force"/>: wipe where one is missing rather than say so.</summary>
    public async Task<DeltaOutcome> TryApplyAsync(ModelDelta delta, bool force, CancellationToken cancellationToken)
    {
        RedisKey[] keys = [PermissionModel.ServerKey(delta.Server), .. delta.NewChannels.Select(channel => (RedisKey)PermissionModel.ChannelKey(channel))];
        RedisValue[] values =
        [
            delta.Rev,
            Ttl,
            force ? "1" : "0",
            delta.Server.ToString(),
            .. delta.Writes.SelectMany(write => new RedisValue[] { write.Value is null ? "del" : "set", write.Field, write.Value ?? "" }),
        ];
        return (DeltaOutcome)(int)await Delta.RunAsync(redis.GetDatabase(), Limit, keys, values, cancellationToken);
    }

    /// <summary>
    /// Begins a rebuild; the snapshot must be read after this returns.
    /// </summary>
    /// <returns>The nonce to commit with; null when the model is complete and knows the channel.</returns>
    public async Task<string?> BeginAsync(Guid server, Guid channel, CancellationToken cancellationToken)
    {
        var nonce = (string)await Begin.RunAsync(
            redis.GetDatabase(), Limit, [PermissionModel.ServerKey(server), PermissionModel.ChannelKey(channel)], [Guid.NewGuid().ToString("n"), Ttl], cancellationToken);
        return nonce is "" ? null : nonce;
    }

    /// <summary>Replaces the model by a snapshot.</summary>
    /// <returns>False when it was ignored: the model is newer, or Redis lost its memory since the rebuild began.</returns>
    public async Task<bool> CommitAsync(string nonce, ModelSnapshot snapshot, CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        // Filled aside in pieces, so that a big server does not hold up Redis, then put in place at once.
        RedisKey fresh = $"perm:t:{snapshot.Server}:{Guid.NewGuid():n}";
        foreach (var piece in snapshot.Fields.Chunk(FieldsPerCall))
        {
            await database.HashSetAsync(fresh, Array.ConvertAll(piece, field => new HashEntry(field.Key, field.Value))).WaitAsync(Limit, cancellationToken);
            await database.KeyExpireAsync(fresh, RebuildLifetime).WaitAsync(Limit, cancellationToken);
        }

        RedisKey[] keys = [PermissionModel.ServerKey(snapshot.Server), fresh, .. snapshot.Channels.Select(channel => (RedisKey)PermissionModel.ChannelKey(channel))];
        RedisValue[] values = [nonce, snapshot.Rev, snapshot.Fields.Count, Ttl, snapshot.Server.ToString()];
        return (int)await Commit.RunAsync(database, Limit, keys, values, cancellationToken) == 1;
    }
}
