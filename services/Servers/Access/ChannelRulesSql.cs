using Chat.Access;
using Npgsql;

namespace Chat.Servers.Access;

/// <summary>How a statement over <c>channels c</c> reads what each of them changes of its members' rights.</summary>
internal static class ChannelRulesSql
{
    /// <summary>Five columns: private, the overrides' targets, allowances and denials, and the slow mode.</summary>
    public const string Columns = """
        c.private,
          array(select o.target_id from channel_overrides o where o.channel_id = c.id order by o.target_id),
          array(select o.allow from channel_overrides o where o.channel_id = c.id order by o.target_id),
          array(select o.deny from channel_overrides o where o.channel_id = c.id order by o.target_id),
          c.slow_mode
        """;

    /// <summary>Reads them, the first at <paramref name="first"/>.</summary>
    public static ChannelRules Read(NpgsqlDataReader reader, int first)
    {
        var (targets, allow, deny) = (reader.GetFieldValue<Guid[]>(first + 1), reader.GetFieldValue<long[]>(first + 2), reader.GetFieldValue<long[]>(first + 3));
        return new ChannelRules(
            reader.GetBoolean(first),
            [.. targets.Select((target, index) => new ChannelOverride(target, (Contracts.Permissions)allow[index], (Contracts.Permissions)deny[index]))],
            reader.GetInt32(first + 4));
    }
}
