using Chat.ServiceDefaults.Stores;
using StackExchange.Redis;

namespace Chat.Messaging.Limits;

/// <summary>Limits in Redis: by its clock, all of a request decided in one call. Keys go by themselves when they say nothing any more.</summary>
internal static class LimitScripts
{
    // KEYS: the counter of each rate, then that of slow mode if there is one.
    // ARGV: 1 to count or 0 to look, the nonce, the slow mode, then what one costs and the window of each rate; times in microseconds.
    // Answers the wait, which limit wants it, the time to the next turn of slow mode, and how much of each window is taken.
    private static readonly RedisScript DecideScript = new("""
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local count, nonce, slow = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
        local rates = (#ARGV - 3) / 2
        local turn = KEYS[rates + 1]
        local wait, by, left, same = 0, 0, 0, false
        local used = {}
        for i = 1, rates do
          local cost, window = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i])
          used[i] = math.min(math.max((redis.call('GET', KEYS[i]) or 0) - now, 0), window)
          local over = used[i] + cost - window
          if count == 1 and over > wait then wait, by = over, i end
        end
        if turn then
          local held = redis.call('HMGET', turn, 'at', 'nonce')
          if held[1] then
            left = math.min(math.max(held[1] + slow - now, 0), slow)
            same = left > 0 and held[2] == nonce
          end
          if count == 1 and left > wait and not same then wait, by = left, rates + 1 end
        end
        if count == 1 and wait == 0 then
          for i = 1, rates do
            used[i] = used[i] + ARGV[2 + 2 * i]
            redis.call('SET', KEYS[i], string.format('%.0f', now + used[i]), 'PX', math.ceil(used[i] / 1000))
          end
          if same then
            redis.call('HINCRBY', turn, 'sends', 1)
          elseif turn then
            redis.call('HSET', turn, 'at', string.format('%.0f', now), 'nonce', nonce, 'sends', 1)
            redis.call('PEXPIRE', turn, math.ceil(slow / 1000))
            left = slow
          end
        end
        local answer = {wait, by, left}
        for i = 1, rates do answer[3 + i] = used[i] end
        return answer
        """);

    // A turn is free again when none of the sends that share its nonce needs it.
    private static readonly RedisScript GiveBackScript = new("""
        if redis.call('HGET', KEYS[1], 'nonce') == ARGV[1] and redis.call('HINCRBY', KEYS[1], 'sends', -1) <= 0 then redis.call('DEL', KEYS[1]) end
        return 0
        """);

    public static async Task<LimitDecision> DecideAsync(IDatabase redis, TimeSpan limit, LimitRequest request, bool count, CancellationToken cancellationToken)
    {
        RedisKey[] keys = [.. request.Rates.Select(rate => (RedisKey)rate.Key), .. request.Slow is { } turn ? (RedisKey[])[turn.Key] : []];
        RedisValue[] values = [count ? 1 : 0, request.Slow?.Nonce ?? "", request.Slow?.IntervalTime ?? 0, .. request.Rates.SelectMany(rate => (RedisValue[])[rate.Interval, rate.WindowTime])];
        var answer = (long[]?)await DecideScript.RunAsync(redis, limit, keys, values, cancellationToken) ?? throw new InvalidOperationException("The script of the limits answered nothing.");
        return LimitDecision.From(request, answer[0], (int)answer[1], answer[2], answer.AsSpan(3), local: false);
    }

    public static Task GiveBackAsync(IDatabase redis, TimeSpan limit, SlowTurn turn) =>
        GiveBackScript.RunAsync(redis, limit, [turn.Key], [turn.Nonce], CancellationToken.None);
}
