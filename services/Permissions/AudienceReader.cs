using Chat.Contracts;
using Chat.ServiceDefaults.Stores;
using StackExchange.Redis;

namespace Chat.Access;

/// <summary>Reads from the permission model whom a channel's messages can reach, in one Lua call.</summary>
internal sealed class AudienceReader(IConnectionMultiplexer redis, TimeProvider time)
{
    // ARGV: the number of users, the users, the roles. Answers nothing where the model is not whole, else [owner, archived, channel, members, timeouts, roles asked about,
    // roles held, their values].
    private static readonly RedisScript Script = new("""
        local server = redis.call('GET', KEYS[1])
        if not server then return {} end
        local hash = 'perm:s:' .. server
        local state = redis.call('HMGET', hash, 'complete', 'owner', 'archived', 'c:' .. string.sub(KEYS[1], 8))
        if state[1] ~= '1' then return {} end
        local function read(prefix, ids, first, last)
          local fields = {}
          for i = first, last do fields[#fields + 1] = prefix .. ids[i] end
          if #fields == 0 then return {} end
          return redis.call('HMGET', hash, unpack(fields))
        end
        local users = tonumber(ARGV[1])
        local members = read('m:', ARGV, 2, users + 1)
        local seen, held = {}, {}
        for i = 1, users do
          if members[i] then
            for role in string.gmatch(members[i], '[^,]+') do
              if not seen[role] then
                seen[role] = true
                held[#held + 1] = role
              end
            end
          end
        end
        return { state[2], state[3], state[4], members, read('t:', ARGV, 2, users + 1), read('r:', ARGV, users + 2, #ARGV), held, read('r:', held, 1, #held) }
        """);

    /// <summary>How long Redis may take to answer.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <returns>Null when only the servers service can tell.</returns>
    /// <exception cref="RedisException">Redis is away.</exception>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task<ChannelAudience?> ReadAsync(Guid channel, IReadOnlyList<Guid> users, IReadOnlyList<Guid> roles, CancellationToken cancellationToken)
    {
        RedisValue[] values = [users.Count, .. users.Select(user => (RedisValue)user.ToString()), .. roles.Select(role => (RedisValue)role.ToString())];
        var result = (RedisResult[])await Script.RunAsync(redis.GetDatabase(), Limit, [PermissionModel.ChannelKey(channel)], values, cancellationToken);
        return result is [var owner, var archived, var rules, var members, var timeouts, var asked, var held, var granted]
            ? Read(new Answer(owner, !archived.IsNull, rules, (RedisValue[])members, (RedisValue[])timeouts), users, Roles(roles, (RedisValue[])asked), Held((RedisValue[])held, (RedisValue[])granted))
            : null;
    }

    private ChannelAudience? Read(Answer answer, IReadOnlyList<Guid> users, List<AudienceRole>? roles, Dictionary<Guid, Permissions>? granted)
    {
        if (answer.Rules.IsNull)
        {
            return ChannelAudience.Nobody;
        }

        if (roles is null || granted is null || PermissionModel.DecodeRules((string)answer.Rules) is not { } rules)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var viewers = new List<Guid>(users.Count);
        foreach (var (index, user) in users.Index())
        {
            if (answer.Members[index].IsNull)
            {
                continue;
            }

            if (PermissionModel.DecodeMember((string)answer.Members[index]) is not { } held || PermissionModel.DecodeTimeout((string)answer.Timeouts[index], now) is not { } timedOut)
            {
                return null;
            }

            HeldRole[] effective = [.. held.Where(granted.ContainsKey).Select(role => new HeldRole(role, granted[role]))];
            var member = new MemberStanding(user, (string)answer.Owner == user.ToString(), effective, timedOut, answer.Archived);
            if (EffectivePermissions.Compute(member, rules) != Permissions.None)
            {
                viewers.Add(user);
            }
        }

        return new ChannelAudience(viewers, roles);
    }

    /// <summary>Those that exist; null when a value cannot be read.</summary>
    private static List<AudienceRole>? Roles(IReadOnlyList<Guid> ids, RedisValue[] values)
    {
        var roles = new List<AudienceRole>(ids.Count);
        foreach (var (id, value) in ids.Zip(values))
        {
            if (value.IsNull)
            {
                continue;
            }

            if (PermissionModel.DecodeRole((string)value) is not var (_, mentionable))
            {
                return null;
            }

            roles.Add(new AudienceRole(id, mentionable));
        }

        return roles;
    }

    /// <summary>What the roles that exist grant; null when one cannot be read.</summary>
    private static Dictionary<Guid, Permissions>? Held(RedisValue[] ids, RedisValue[] values)
    {
        var held = new Dictionary<Guid, Permissions>(ids.Length);
        foreach (var (id, value) in ids.Zip(values))
        {
            if (value.IsNull)
            {
                continue;
            }

            if (!Guid.TryParse((string)id, out var role) || PermissionModel.DecodeRole((string)value) is not var (granted, _))
            {
                return null;
            }

            held[role] = granted;
        }

        return held;
    }

    private readonly record struct Answer(RedisResult Owner, bool Archived, RedisResult Rules, RedisValue[] Members, RedisValue[] Timeouts);
}
