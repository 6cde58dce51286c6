using Chat.Messaging.Data;
using Chat.Messaging.Fences;
using Chat.Messaging.Messages;
using Chat.Messaging.Reading;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Messaging.Changes;

/// <summary>Reads what happened in channels after a revision.</summary>
internal sealed class ChangeLog(NpgsqlDataSource store, MessagingDbContext db)
{
    private static readonly string Page =
        $"""
        SELECT c.rev, c.access_rev, {MessageSql.Columns("$4")}
        FROM channels c
        LEFT JOIN LATERAL (SELECT * FROM messages WHERE channel = $1 AND rev > $2 ORDER BY rev LIMIT $3) m ON true
        {MessageSql.Joins}
        WHERE c.id = $1
        """;

    /// <summary>
    /// The changes after <paramref name="after"/>, at most <paramref name="limit"/>. Items and revision come from one statement, which is one
    /// snapshot: a client that applies page after page always holds exactly the changes up to the revision it was given.
    /// A channel without messages has revision 0.
    /// </summary>
    /// <param name="reader">As whom to read; null: as nobody, for what goes to many.</param>
    public async Task<Fenced<ChangePage>> ReadAsync(Guid channel, Guid? reader, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = store.CreateCommand(Page);
        foreach (var value in (object[])[channel, after, limit + 1, reader ?? Guid.Empty])
            command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var (current, accessRev, messages) = (0L, 0L, new List<Message>());
        while (await rows.ReadAsync(cancellationToken))
        {
            (current, accessRev) = (rows.GetInt64(0), rows.GetInt64(1));
            if (!rows.IsDBNull(2))
                messages.Add(MessageSql.Read(rows, 2));
        }

        var items = messages.OrderBy(message => message.Rev).Take(limit).Select(message => new Change(TypeOf(message), message.Rev, message)).ToArray();
        var more = messages.Count > limit;
        return new Fenced<ChangePage>(new ChangePage(items, more ? items[^1].Rev : current, more), accessRev);
    }

    /// <summary>The current revision of each channel, in the order asked for; 0 for a channel without messages.</summary>
    public async Task<IReadOnlyList<ChannelRevision>> RevisionsAsync(IReadOnlyList<Guid> channels, CancellationToken cancellationToken)
    {
        var found = await db.Channels.AsNoTracking().Where(counter => channels.Contains(counter.Id)).ToDictionaryAsync(counter => counter.Id, counter => counter.Rev, cancellationToken);
        return [.. channels.Select(channel => new ChannelRevision(channel, found.GetValueOrDefault(channel)))];
    }

    /// <summary>What became of a message; what happened to it on the way is not kept.</summary>
    private static string TypeOf(Message message) =>
        message.DeletedAt is not null ? ChangeType.Deleted : message.Untouched ? ChangeType.Sent : ChangeType.Changed;
}

/// <summary>A channel and its current revision.</summary>
internal sealed record ChannelRevision(Guid Channel, long Rev);
