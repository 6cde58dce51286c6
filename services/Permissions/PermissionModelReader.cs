using Chat.ServiceDefaults.Stores;
using StackExchange.Redis;

namespace Chat.Access;

/// <summary>What Redis could say about a channel.</summary>
/// <param name="Known">False when only the channel's authority can tell.</param>
/// <param name="Access">When known: the access, or null for none.</param>
/// <param name="OfServer">It is a server's channel; false when nobody can tell whose it is.</param>
internal readonly record struct ModelAnswer(bool Known, ChannelAccess? Access, bool OfServer = false);

/// <summary>Reads the permission model in one Lua call, so that what it returns is of one revision.</summary>
internal sealed class PermissionModelReader(IConnectionMultiplexer redis, TimeProvider time)
{
    /// <summary>Channels per call: Redis serves nobody else while a script runs.</summary>
    public const int ChannelsPerCall = 100;

    // Answers per channel: nothing (unmapped), [server] (incomplete), or [server, revision, owner, member, roles, channel, timeout, archived].
    private static readonly RedisScript Script = new("""
        local models, answers = {}, {}
        for i, key in ipairs(KEYS) do
          local server = redis.call('GET', key)
          if not server then
            answers[i] = {}
          else
            local hash = 'perm:s:' .. server
            local model = models[server]
            if not model then
              local fields = redis.call('HMGET', hash, 'complete', 'owner', 'm:' .. ARGV[1], 'v', 't:' .. ARGV[1], 'archived')
              model = { complete = fields[1] == '1', owner = fields[2], member = fields[3], rev = fields[4], timeout = fields[5], archived = fields[6], roles = '' }
              if model.complete and model.member then
                local roles = {}
                for role in string.gmatch(model.member, '[^,]+') do
                  local flags = redis.call('HGET', hash, 'r:' .. role)
                  if flags then roles[#roles + 1] = role .. ':' .. flags end
                end
                model.roles = table.concat(roles, ',')
              end
              models[server] = model
            end
            if model.complete then
              answers[i] = { server, model.rev, model.owner, model.member, model.roles, redis.call('HGET', hash, 'c:' .. string.sub(key, 8)), model.timeout, model.archived }
            else
              answers[i] = { server }
            end
          end
        end
        return answers
        """);

    /// <summary>How long Redis may take to answer.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>One answer per channel, in order. At most <see cref="ChannelsPerCall"/> channels.</summary>
    /// <exception cref="RedisException">Redis is away.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task<ModelAnswer[]> ReadAsync(IReadOnlyList<Guid> channels, Guid user, CancellationToken cancellationToken)
    {
        var keys = channels.Select(channel => (RedisKey)PermissionModel.ChannelKey(channel)).ToArray();
        var result = await Script.RunAsync(redis.GetDatabase(), Limit, keys, [user.ToString()], cancellationToken);
        var now = time.GetUtcNow();
        return Array.ConvertAll((RedisResult[])result, answer => Read((RedisValue[])answer, user, now));
    }

    private static ModelAnswer Read(RedisValue[] answer, Guid user, DateTimeOffset now)
    {
        if (answer is not [var server, var rev, var owner, var member, var held, var channel, var timeout, var archived]
            || !Guid.TryParse((string)server, out var id) || !rev.TryParse(out long revision))
        {
            return new ModelAnswer(Known: false, null, OfServer: answer.Length > 0);
        }

        if (member.IsNull || channel.IsNull)
        {
            return new ModelAnswer(Known: true, null);
        }

        if (PermissionModel.DecodeRoles((string)held) is not { } roles || PermissionModel.DecodeRules((string)channel) is not { } rules
            || PermissionModel.DecodeTimeout((string)timeout, now) is not { } timedOut)
        {
            return new ModelAnswer(Known: false, null);
        }

        var granted = EffectivePermissions.Compute(new MemberStanding(user, owner == user.ToString(), roles, timedOut, !archived.IsNull), rules);
        return new ModelAnswer(Known: true, granted == Contracts.Permissions.None ? null : new ChannelAccess(id, granted, revision, EffectivePermissions.SlowMode(granted, rules)));
    }
}
