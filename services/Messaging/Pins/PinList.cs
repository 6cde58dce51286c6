using Chat.Messaging.Fences;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.Messaging.Reading;
using Npgsql;

namespace Chat.Messaging.Pins;

/// <summary>Reads what is pinned in a channel, the newest pin first.</summary>
internal sealed class PinList(NpgsqlDataSource store)
{
    // No two pins of a channel have the same time.
    private static readonly string Page =
        $"""
        SELECT c.access_rev, {MessageSql.Columns("$4")}
        FROM (SELECT * FROM messages WHERE channel = $1 AND pinned_at IS NOT NULL AND pinned_at < $2 ORDER BY pinned_at DESC LIMIT $3) m
        {MessageSql.Joins}
        JOIN channels c ON c.id = m.channel
        ORDER BY m.pinned_at DESC
        """;

    /// <param name="reader">As whom to read.</param>
    /// <param name="before">Pinned before this time, in Unix milliseconds; null: from the newest on.</param>
    public async Task<Fenced<PinPage>> ReadAsync(Guid channel, Guid reader, long? before, int limit, CancellationToken cancellationToken)
    {
        var last = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        var until = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(before ?? last, 0, last));
        await using var command = store.CreateCommand(Page);
        foreach (var value in (object[])[channel, until, limit + 1, reader])
            command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var (accessRev, pins) = (0L, new List<Message>());
        while (await rows.ReadAsync(cancellationToken))
        {
            accessRev = rows.GetInt64(0);
            pins.Add(MessageSql.Read(rows, 1));
        }

        var more = pins.Count > limit;
        var items = pins.Take(limit).ToArray();
        return new Fenced<PinPage>(new PinPage(items, more && items[^1].PinnedAt is { } at ? Cursor.Of(ListKind.Pins, at.ToUnixTimeMilliseconds()) : null), accessRev);
    }
}

/// <summary>A page of pinned messages.</summary>
/// <param name="Items">The newest pin first.</param>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record PinPage(IReadOnlyList<Message> Items, string? Next);
