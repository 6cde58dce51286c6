using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.Messaging.Messages;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Messaging.Deleting;

/// <summary>Deletes messages under the lock of their channel: the text goes, with everything that hangs on it; the place stays, and so does a thread under it.</summary>
internal sealed class MessageErasure(MessagingDbContext db)
{
    // Place by place, and then where they were found, which nobody changes under the lock: by their places alone PostgreSQL may read all there is of the channel (MessagePlaces).
    private static readonly string[] Forget =
    [
        .. from table in (string[])["mentions", "reactions", "poll_votes", "open_polls", "message_edits"]
           select $"""
                   DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                     SELECT f.ctid FROM unnest($2) AS p (seq) CROSS JOIN LATERAL (SELECT t.ctid FROM {table} t WHERE t.channel = $1 AND t.seq = p.seq OFFSET 0) f))
                   """,
    ];

    /// <param name="rows">Tracked, not deleted yet.</param>
    /// <param name="by">Who does it; null when a ban does.</param>
    public async Task EraseAsync(LockedChannel channel, IReadOnlyCollection<MessageRow> rows, Guid? by, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            (row.Content, row.DeletedAt, row.PinnedAt, row.PinnedBy) = ("", channel.Now, null, null);
            row.Parts = row.Parts?.Thread is { } thread ? new MessageParts { Thread = thread } : null;
            channel.Change(row, message => ChangeEvents.Deleted(message, by, channel.Now));
        }

        var places = rows.Select(row => row.Seq).ToArray();
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
        foreach (var sql in Forget)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = channel.Id }, new() { Value = places } } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
