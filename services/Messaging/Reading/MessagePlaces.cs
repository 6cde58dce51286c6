using Chat.Messaging.Messages;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Reading;

/// <summary>
/// Messages by their keys, one key after another, each by the index of it. By <c>channel = … and seq = any (…)</c> PostgreSQL may read all of a channel: it keeps one plan for all channels, and of
/// the average one, which has a few messages, that is the cheapest.
/// </summary>
internal static class MessagePlaces
{
    /// <summary>The messages at the places $2 of the channel $1, as a table of a statement.</summary>
    public const string Table = "(SELECT f.* FROM unnest($2) AS p (seq) CROSS JOIN LATERAL (SELECT * FROM messages WHERE channel = $1 AND seq = p.seq LIMIT 1) f)";

    /// <summary>Those at places of a channel, in no order. Places without a message are passed over.</summary>
    public static IQueryable<MessageRow> At(this DbSet<MessageRow> messages, Guid channel, long[] places) =>
        messages.FromSql($"select f.* from unnest({places}) as p (seq) cross join lateral (select * from messages where channel = {channel} and seq = p.seq limit 1) f");

    /// <summary>Those of a channel with these ids, in no order. Ids that are not there are passed over.</summary>
    public static IQueryable<MessageRow> Of(this DbSet<MessageRow> messages, Guid channel, Guid[] ids) =>
        messages.FromSql($"select f.* from unnest({ids}) as i (id) cross join lateral (select * from messages where id = i.id limit 1) f where f.channel = {channel}");
}
