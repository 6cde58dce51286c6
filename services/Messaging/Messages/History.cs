using Chat.Messaging.Fences;
using Chat.Messaging.Reading;
using Npgsql;

namespace Chat.Messaging.Messages;

/// <summary>Reads a channel's history by <c>seq</c>. What a page costs does not depend on how long the channel is: both sides are walked along the primary key.</summary>
internal sealed class History(NpgsqlDataSource store)
{
    // One statement, so that both sides are of one moment.
    private static readonly string Page =
        $"""
        SELECT c.access_rev, {MessageSql.Columns("$5")}
        FROM (
          (SELECT * FROM messages WHERE channel = $1 AND seq <= $2 ORDER BY seq DESC LIMIT $3)
          UNION ALL
          (SELECT * FROM messages WHERE channel = $1 AND seq > $2 ORDER BY seq LIMIT $4)
        ) m
        {MessageSql.Joins}
        JOIN channels c ON c.id = $1
        """;

    private static readonly string One =
        $"""
        SELECT c.access_rev, {MessageSql.Columns("$3")}
        FROM messages m
        {MessageSql.Joins}
        JOIN channels c ON c.id = m.channel
        WHERE m.id = $2 AND m.channel = $1
        """;

    /// <summary>
    /// A page of at most <paramref name="limit"/> messages. <see cref="HistoryDirection.Before"/> and <see cref="HistoryDirection.After"/> leave out
    /// the cursor itself; <see cref="HistoryDirection.Around"/> has it in the older half.
    /// </summary>
    /// <param name="reader">As whom to read.</param>
    public async Task<Fenced<HistoryPage>> ReadAsync(Guid channel, Guid reader, HistoryCursor cursor, int limit, CancellationToken cancellationToken)
    {
        // The split: messages up to it are the older side, the rest the newer; how many of each the page shows.
        var (split, older, newer) = cursor switch
        {
            { Direction: HistoryDirection.Before } => (cursor.Seq - 1, limit, 0),
            { Direction: HistoryDirection.After } => (cursor.Seq, 0, limit),
            { Direction: HistoryDirection.Around } => (cursor.Seq, limit - limit / 2, limit / 2),
            _ => (long.MaxValue, limit, 0),
        };

        // One more on each side tells whether there is more.
        await using var command = Command(Page, channel, split, older + 1, newer + 1, reader);
        var (messages, accessRev) = await ReadAsync(command, cancellationToken);
        messages.Sort((left, right) => left.Seq.CompareTo(right.Seq));
        var below = messages.Count(message => message.Seq <= split);
        var above = messages.Count - below;
        var items = messages.Skip(Math.Max(0, below - older)).Take(Math.Min(below, older) + Math.Min(above, newer)).ToArray();
        return new Fenced<HistoryPage>(new HistoryPage(items, below > older, above > newer), accessRev);
    }

    /// <summary>One message of a channel; null when it is not there.</summary>
    public async Task<Fenced<Message?>> FindAsync(Guid channel, Guid reader, Guid message, CancellationToken cancellationToken)
    {
        await using var command = Command(One, channel, message, reader);
        var (messages, accessRev) = await ReadAsync(command, cancellationToken);
        return new Fenced<Message?>(messages is [var found] ? found : null, accessRev);
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = store.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }

    /// <summary>Without messages there is nothing to keep from anybody, and the fence is 0.</summary>
    private static async Task<(List<Message> Messages, long AccessRev)> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var messages = new List<Message>();
        var accessRev = 0L;
        while (await rows.ReadAsync(cancellationToken))
        {
            accessRev = rows.GetInt64(0);
            messages.Add(MessageSql.Read(rows, 1));
        }

        return (messages, accessRev);
    }
}
