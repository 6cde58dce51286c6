using Chat.Messaging.Fences;
using Chat.Messaging.Paging;
using Npgsql;

namespace Chat.Messaging.Threads;

/// <summary>Reads threads. The messages of one are its posts without the deleted ones, which an index of those alone counts.</summary>
internal sealed class ThreadList(NpgsqlDataSource store)
{
    private const string Columns =
        """
        t.id, t.parent, t.message, t.name, t.creator, t.archive_after, t.created_at, t.last_at,
        h.posts - (SELECT count(*) FROM messages d WHERE d.channel = t.id AND d.deleted_at IS NOT NULL AND d.kind = 0),
        EXISTS (SELECT FROM thread_members m WHERE m.thread = t.id AND m.user_id = $2),
        t.archived_at, h.locked
        """;

    private static readonly string Active = Page("t.archived_at IS NULL");

    private static readonly string Archived = Page("t.archived_at IS NOT NULL");

    private const string One = $"SELECT h.access_rev, {Columns} FROM threads t JOIN channels h ON h.id = t.id WHERE t.id = $1 AND t.deleted_at IS NULL";

    /// <summary>At most <paramref name="limit"/> threads of a channel after a place, those in which something was said last first.</summary>
    public async Task<Fenced<ThreadPage>> ReadAsync(Guid channel, Guid reader, bool archived, TimeCursor after, int limit, CancellationToken cancellationToken)
    {
        await using var command = Command(archived ? Archived : Active, channel, reader, after.At, after.Id, limit + 1);
        var found = await ReadAsync(command, cancellationToken);
        var items = found.Value.Take(limit).ToList();
        return new Fenced<ThreadPage>(
            new ThreadPage(items, found.Value.Count > limit ? new TimeCursor(items[^1].LastAt, items[^1].Id).Of(ListKind.Threads) : null), found.AccessRev);
    }

    /// <summary>One thread; null when there is none with this id.</summary>
    public async Task<Fenced<ThreadView?>> FindAsync(Guid thread, Guid reader, CancellationToken cancellationToken)
    {
        await using var command = Command(One, thread, reader);
        var found = await ReadAsync(command, cancellationToken);
        return new Fenced<ThreadView?>(found.Value is [var one] ? one : null, found.AccessRev);
    }

    private static string Page(string state) =>
        $"""
        SELECT c.access_rev, {Columns}
        FROM channels c
        JOIN threads t ON t.parent = c.id AND t.deleted_at IS NULL AND {state}
        JOIN channels h ON h.id = t.id
        WHERE c.id = $1 AND t.parent = $1 AND (t.last_at, t.id) < ($3, $4)
        ORDER BY t.last_at DESC, t.id DESC
        LIMIT $5
        """;

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = store.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static async Task<Fenced<List<ThreadView>>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var (threads, accessRev) = (new List<ThreadView>(), 0L);
        while (await rows.ReadAsync(cancellationToken))
        {
            accessRev = rows.GetInt64(0);
            threads.Add(new ThreadView(
                rows.GetGuid(1),
                rows.GetGuid(2),
                rows.GetGuid(3),
                rows.GetString(4),
                rows.GetGuid(5),
                rows.GetInt32(6),
                rows.GetFieldValue<DateTimeOffset>(7),
                rows.GetFieldValue<DateTimeOffset>(8),
                rows.GetInt64(9),
                rows.GetBoolean(10),
                rows.IsDBNull(11) ? null : rows.GetFieldValue<DateTimeOffset>(11),
                rows.GetBoolean(12) ? true : null));
        }

        return new Fenced<List<ThreadView>>(threads, accessRev);
    }
}
