using System.Text.Json;
using Chat.Messaging.Changes;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults.Json;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>
/// Reads conversations as one of their members, within the context's transaction if there is one. One statement, so that membership and what it lets one see are of one moment.
/// A list costs what the person's own conversations cost: they are found by the index of members and put in order.
/// </summary>
internal sealed class ConversationReader(MessagingDbContext db)
{
    private const string IsHidden = "(m.hidden_at is not null and not exists (select from messages x where x.channel = c.id and x.seq > m.hidden_at))";

    private const string Read =
        $$"""
        select c.id as "Id", h.kind as "Kind", h.rev as "Rev", c.created_at as "CreatedAt", h.last_at as "ActiveAt", c.name as "Name", c.icon as "Icon", c.owner as "Owner",
          c.closed_at as "ClosedAt", c.requested_by as "RequestedBy", case when c.requested_by <> {0} then c.declined_at end as "DeclinedAt", {{IsHidden}} as "Hidden",
          (select json_agg(json_build_object(
              'id', o.user_id, 'username', coalesce(a.username, ''), 'displayName', coalesce(a.display_name, ''), 'deleted', case when a.deleted then true end)
              order by o.joined_at, o.user_id)::text
            from conversation_members o left join authors a on a.id = o.user_id where o.conversation = c.id) as "Members"
        from conversation_members m
        join conversations c on c.id = m.conversation
        join channels h on h.id = m.conversation
        where m.user_id = {0}
        """;

    private const string Page = $$"""and not {{IsHidden}} and (h.last_at, c.id) < ({1}, {2}) order by h.last_at desc, c.id desc limit {3}""";

    private const string ReadOne = $$"""{{Read}} and c.id = {1}""";

    private const string ReadOpen = $$"""{{Read}} and (c.requested_by is null or c.requested_by = {0}) {{Page}}""";

    private const string ReadRequests = $$"""{{Read}} and c.requested_by <> {0} and c.declined_at is null {{Page}}""";

    /// <summary>One conversation; null when there is none or the reader is not in it.</summary>
    public async Task<Conversation?> FindAsync(Guid conversation, Guid reader, CancellationToken cancellationToken) =>
        await db.Database.SqlQueryRaw<Row>(ReadOne, reader, conversation).ToListAsync(cancellationToken) is [var row] ? Show(row) : null;

    /// <summary>The reader's conversations, the one with the newest message first, but for those they have hidden.</summary>
    /// <param name="requests">Those of people who ask the reader to talk; otherwise all others.</param>
    /// <param name="after">Only those behind this one.</param>
    public async Task<List<Conversation>> ListAsync(Guid reader, bool requests, TimeCursor after, int limit, CancellationToken cancellationToken) =>
        [.. (await db.Database.SqlQueryRaw<Row>(requests ? ReadRequests : ReadOpen, reader, after.At, after.Id, limit).ToListAsync(cancellationToken)).Select(Show)];

    private static Conversation Show(Row row) => new(
        row.Id,
        row.Kind == (short)ChannelKind.Direct ? ConversationKind.Direct : ConversationKind.Group,
        JsonSerializer.Deserialize<Author[]>(row.Members, JsonDefaults.Options) ?? [],
        row.Rev,
        row.CreatedAt,
        row.ActiveAt)
    {
        Name = row.Name,
        Icon = row.Icon,
        Owner = row.Owner,
        ClosedAt = row.ClosedAt,
        RequestedBy = row.RequestedBy,
        DeclinedAt = row.DeclinedAt,
        Hidden = row.Hidden ? true : null,
    };

    private sealed record Row(
        Guid Id, short Kind, long Rev, DateTimeOffset CreatedAt, DateTimeOffset ActiveAt, string? Name, Guid? Icon, Guid? Owner,
        DateTimeOffset? ClosedAt, Guid? RequestedBy, DateTimeOffset? DeclinedAt, bool Hidden, string Members);
}
