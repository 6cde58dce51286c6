using System.Text.Json;
using Chat.Contracts;
using Chat.Messaging.Messages;
using Chat.ServiceDefaults.Json;
using Npgsql;

namespace Chat.Messaging.Writing;

/// <summary>The statements of <see cref="GroupCommit"/>. Each batch is one round trip of prepared statements over arrays.</summary>
internal static class GroupSql
{
    private const string Begin = "BEGIN ISOLATION LEVEL READ COMMITTED";

    // A plan made while a table was small would scan it whole until the next analysis, with the channel rows locked.
    private const string UseIndexes = "SET LOCAL enable_seqscan = off";

    private const string LockChannels =
        "SELECT id, rev, last_at, server_id, access_rev FROM channels WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE";

    private const string FindNonces =
        """
        SELECT i.place, m.id, m.channel, m.seq, m.rev, m.author, a.username, a.display_name, a.deleted, m.content, m.nonce, m.reply_to, m.created_at, m.deleted_at
        FROM unnest($1, $2, $3) WITH ORDINALITY AS i (channel, author, nonce, place)
        JOIN messages m ON m.channel = i.channel AND m.author = i.author AND m.nonce = i.nonce
        JOIN authors a ON a.id = m.author
        """;

    private const string FindAuthors = "SELECT id, username, display_name, deleted FROM authors WHERE id = ANY ($1)";

    private const string FindReplies =
        """
        SELECT i.place
        FROM unnest($1, $2) WITH ORDINALITY AS i (channel, reply_to, place)
        WHERE EXISTS (SELECT FROM messages m WHERE m.id = i.reply_to AND m.channel = i.channel)
        """;

    private const string RaiseRevisions =
        "UPDATE channels c SET rev = n.rev, last_at = n.at FROM unnest($1, $2, $3) AS n (id, rev, at) WHERE c.id = n.id";

    // Fills in until identity's events come; whatever they have written meanwhile, an erasure above all, stays.
    private const string IntroduceAuthors =
        """
        INSERT INTO authors (id, username, display_name)
        SELECT id, username, display_name FROM unnest($1, $2, $3) AS n (id, username, display_name) ORDER BY id
        ON CONFLICT (id) DO NOTHING
        """;

    private const string InsertMessages =
        """
        INSERT INTO messages (id, channel, seq, rev, author, content, nonce, reply_to, created_at)
        SELECT id, channel, seq, seq, author, content, nonce, reply_to, created_at
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS m (id, channel, seq, author, content, nonce, reply_to, created_at)
        """;

    private const string InsertEvents =
        $"""
        INSERT INTO outbox (key, type, body, trace_parent)
        SELECT e.key, '{nameof(MessageSent)}', e.body, e.trace_parent
        FROM unnest($1, $2, $3) AS e (key, body, trace_parent)
        """;

    public static async Task<GroupState> LockAsync(NpgsqlConnection connection, PendingMessage[] distinct, CancellationToken cancellationToken)
    {
        var channels = distinct.Select(pending => pending.Channel).ToArray();
        var channelIds = channels.Distinct().ToArray();
        var hasReplies = distinct.Any(pending => pending.Message.ReplyTo is not null);

        await using var batch = connection.CreateBatch();
        batch.With(Begin)
            .With(UseIndexes)
            .With(LockChannels, Array(channelIds))
            .With(FindNonces, Array(channels), Array(distinct.Select(pending => pending.Author.Id)), Array(distinct.Select(pending => pending.Message.Nonce)))
            .With(FindAuthors, Array(distinct.Select(pending => pending.Author.Id).Distinct()));
        if (hasReplies)
            batch.With(FindReplies, Array(channels), Array(distinct.Select(pending => pending.Message.ReplyTo)));
        await batch.PrepareAsync(cancellationToken);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var counters = new Dictionary<Guid, ChannelCounter>();
        while (await reader.ReadAsync(cancellationToken))
        {
            // A row of no server does not say what was taken away there: as good as missing.
            if (!reader.IsDBNull(3))
                counters.Add(reader.GetGuid(0), new ChannelCounter(reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt64(4)));
        }

        var known = new Dictionary<int, Message>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            known.Add(Index(reader), ReadMessage(reader));

        var authors = new Dictionary<Guid, Author>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            authors.Add(reader.GetGuid(0), ReadAuthor(reader, 0));

        var replies = new HashSet<int>();
        if (hasReplies)
        {
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                replies.Add(Index(reader));
        }

        return new GroupState(counters, known, replies, authors);
    }

    public static async Task CommitAsync(NpgsqlConnection connection, IReadOnlyList<PlacedMessage> placed, GroupState found, CancellationToken cancellationToken)
    {
        await using var batch = connection.CreateBatch();
        if (placed.Count > 0)
            AddInserts(batch, placed, found);
        batch.With("COMMIT");
        await batch.PrepareAsync(cancellationToken);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void AddInserts(NpgsqlBatch batch, IReadOnlyList<PlacedMessage> placed, GroupState found)
    {
        var messages = placed.Select(one => one.Message).ToArray();
        var last = messages.GroupBy(message => message.Channel).Select(channel => channel.Last()).ToArray();
        // Two names of one author in one group: the later message has the newer token.
        var newcomers = messages.Where(message => !found.Authors.ContainsKey(message.Author.Id))
            .GroupBy(message => message.Author.Id).Select(author => author.Last().Author).ToArray();

        batch.With(
                RaiseRevisions,
                Array(last.Select(message => message.Channel)),
                Array(last.Select(message => message.Seq)),
                Array(last.Select(message => message.CreatedAt)))
            .With(
                InsertMessages,
                Array(messages.Select(message => message.Id)),
                Array(messages.Select(message => message.Channel)),
                Array(messages.Select(message => message.Seq)),
                Array(messages.Select(message => message.Author.Id)),
                Array(messages.Select(message => message.Content)),
                Array(messages.Select(message => message.Nonce)),
                Array(messages.Select(message => message.ReplyTo)),
                Array(messages.Select(message => message.CreatedAt)))
            .With(
                InsertEvents,
                Array(messages.Select(message => message.Channel.ToString())),
                Array(messages.Select(Event)),
                Array(placed.Select(one => one.TraceParent)));
        if (newcomers.Length > 0)
        {
            batch.With(
                IntroduceAuthors,
                Array(newcomers.Select(author => author.Id)),
                Array(newcomers.Select(author => author.Username)),
                Array(newcomers.Select(author => author.DisplayName)));
        }
    }

    private static int Index(NpgsqlDataReader reader) => checked((int)reader.GetInt64(0) - 1);

    private static Message ReadMessage(NpgsqlDataReader reader) => new(
        reader.GetGuid(1),
        reader.GetGuid(2),
        reader.GetInt64(3),
        reader.GetInt64(4),
        ReadAuthor(reader, 5),
        reader.GetString(9),
        reader.GetString(10),
        reader.IsDBNull(11) ? null : reader.GetGuid(11),
        reader.GetFieldValue<DateTimeOffset>(12),
        reader.IsDBNull(13) ? null : reader.GetFieldValue<DateTimeOffset>(13));

    private static Author ReadAuthor(NpgsqlDataReader reader, int first) =>
        new(reader.GetGuid(first), reader.GetString(first + 1), reader.GetString(first + 2), reader.GetBoolean(first + 3) ? true : null);

    private static string Event(Message message) => JsonSerializer.Serialize(
        new MessageSent
        {
            Channel = message.Channel,
            Rev = message.Rev,
            Message = message.Id,
            Author = message.Author.Id,
            Body = JsonSerializer.SerializeToElement(message, JsonDefaults.Options),
            At = message.CreatedAt,
        },
        JsonDefaults.Options);

    private static NpgsqlBatch With(this NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
        return batch;
    }

    private static NpgsqlParameter<TValue[]> Array<TValue>(IEnumerable<TValue> values) => new() { TypedValue = [.. values] };
}
