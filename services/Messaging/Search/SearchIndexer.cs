using Chat.Messaging.Jobs;
using Chat.Messaging.Messages;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Messaging.Search;

/// <summary>
/// Follows the logs of all channels and keeps <c>message_search</c> up to them: a message is found about <see cref="SearchOptions.Every"/> after it was committed. One replica does,
/// see <see cref="LeadingJob"/>. How far a channel is indexed is written in the transaction of what was indexed, so that nothing is left out after a crash.
/// </summary>
internal sealed class SearchIndexer(NpgsqlDataSource store, IOptions<SearchOptions> options, TimeProvider clock, ILogger<SearchIndexer> logger)
    : LeadingJob(store, clock, logger)
{
    private const int ChannelsInPass = 500;
    private const int ChangesAtOnce = 500;

    private const string FindBehind =
        "SELECT c.id, coalesce(p.rev, 0) FROM channels c LEFT JOIN search_progress p ON p.channel = c.id WHERE c.rev > coalesce(p.rev, 0) LIMIT $1";

    private const string ReadChanges =
        """
        SELECT m.id, m.rev, m.author, m.content, m.kind, m.deleted_at IS NOT NULL, m.pinned_at IS NOT NULL, m.parts
        FROM messages m WHERE m.channel = $1 AND m.rev > $2 ORDER BY m.rev LIMIT $3
        """;

    // A channel that is being removed waits for what is written of it, or is gone before.
    private const string Hold = "SELECT FROM channels WHERE id = $1 FOR KEY SHARE";

    private const string Remove = "DELETE FROM message_search WHERE id = ANY ($1)";

    private const string Write =
        """
        INSERT INTO message_search (id, channel, author, text, traits, mentions)
        SELECT n.id, $2, n.author, n.text, n.traits, CASE WHEN n.mentions = '' THEN NULL ELSE string_to_array(n.mentions, ' ')::uuid[] END
        FROM unnest($1, $3, $4, $5, $6) AS n (id, author, text, traits, mentions)
        WHERE EXISTS (SELECT FROM channels c WHERE c.id = $2)
        ON CONFLICT (id) DO UPDATE SET text = excluded.text, traits = excluded.traits, mentions = excluded.mentions
        """;

    private const string Advance =
        "INSERT INTO search_progress (channel, rev) SELECT $1, $2 WHERE EXISTS (SELECT FROM channels c WHERE c.id = $1) ON CONFLICT (channel) DO UPDATE SET rev = excluded.rev";

    protected override long LockId => 0x7365_6172_6368;

    protected override TimeSpan Every { get; } = options.Value.Every;

    protected override async Task<bool> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var behind = await BehindAsync(connection, cancellationToken);
        var left = behind.Count == ChannelsInPass;
        foreach (var (channel, rev) in behind)
            left |= await FollowAsync(connection, channel, rev, cancellationToken);
        return left;
    }

    private static async Task<List<(Guid Channel, long Rev)>> BehindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindBehind, connection) { Parameters = { new() { Value = ChannelsInPass } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var behind = new List<(Guid, long)>();
        while (await reader.ReadAsync(cancellationToken))
            behind.Add((reader.GetGuid(0), reader.GetInt64(1)));
        return behind;
    }

    /// <returns>Whether there may be more.</returns>
    private static async Task<bool> FollowAsync(NpgsqlConnection connection, Guid channel, long rev, CancellationToken cancellationToken)
    {
        // The log up to its end is read before the end is: what comes in between is read again next time.
        var changes = await ChangesAsync(connection, channel, rev, cancellationToken);
        if (changes.Count == 0)
            return false;

        var (gone, kept) = (changes.FindAll(change => !change.Found), changes.FindAll(change => change.Found));
        // One batch is one transaction.
        await using var batch = connection.CreateBatch();
        Add(Hold, channel);
        Add(Remove, gone.ConvertAll(change => change.Id).ToArray());
        Add(
            Write,
            kept.ConvertAll(change => change.Id).ToArray(),
            channel,
            kept.ConvertAll(change => change.Author).ToArray(),
            kept.ConvertAll(change => change.Text).ToArray(),
            kept.ConvertAll(change => (int)change.Traits).ToArray(),
            kept.ConvertAll(change => string.Join(' ', change.Mentions)).ToArray());
        Add(Advance, channel, changes[^1].Rev);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return changes.Count == ChangesAtOnce;

        void Add(string sql, params ReadOnlySpan<object> values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
                command.Parameters.Add(new() { Value = value });
            batch.BatchCommands.Add(command);
        }
    }

    private static async Task<List<IndexedChange>> ChangesAsync(NpgsqlConnection connection, Guid channel, long after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadChanges, connection)
        {
            Parameters = { new() { Value = channel }, new() { Value = after }, new() { Value = ChangesAtOnce } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var changes = new List<IndexedChange>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var found = reader.GetInt16(4) == (short)MessageKind.Text && !reader.GetBoolean(5);
            var parts = MessageParts.Read(reader.IsDBNull(7) ? null : reader.GetString(7));
            changes.Add(new IndexedChange(
                reader.GetGuid(0), reader.GetInt64(1), reader.GetGuid(2), found, found ? TextOf(reader.GetString(3), parts) : "", TraitsOf(parts, reader.GetBoolean(6)), parts?.Mentions?.Users ?? []));
        }

        return changes;
    }

    private static string TextOf(string content, MessageParts? parts) =>
        Folding.Fold(parts?.Poll is { } poll ? string.Join('\n', [content, poll.Question, .. poll.Answers.Select(answer => answer.Text)]) : content);

    private static SearchTraits TraitsOf(MessageParts? parts, bool pinned) =>
        (parts?.Links is { Count: > 0 } ? SearchTraits.Link : 0) | (parts?.Attachments is { Count: > 0 } ? SearchTraits.File : 0)
        | (parts?.Poll is not null ? SearchTraits.Poll : 0) | (pinned ? SearchTraits.Pinned : 0);

    private sealed record IndexedChange(Guid Id, long Rev, Guid Author, bool Found, string Text, SearchTraits Traits, IReadOnlyList<Guid> Mentions);
}
