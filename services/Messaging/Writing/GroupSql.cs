using Chat.Messaging.Changes;
using Chat.Messaging.Messages;
using Chat.Messaging.Reading;
using Npgsql;
using static Chat.Messaging.Writing.GroupBatch;

namespace Chat.Messaging.Writing;

/// <summary>The first round trip of <see cref="GroupCommit"/>: locks the channels, and reads under the locks. Prepared statements over arrays.</summary>
internal static class GroupSql
{
    private const string Begin = "BEGIN ISOLATION LEVEL READ COMMITTED";

    // A plan made while a table was small would scan it whole until the next analysis, with the channel rows locked.
    internal const string UseIndexes = "SET LOCAL enable_seqscan = off";

    private const string LockChannels =
        "SELECT id, rev, last_at, server_id, access_rev, posts, locked, archived, kind, requested_by FROM channels WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE";

    // The first at or after each whole key, in the order of the index, and then whether it is that key: so only the index of nonces can serve, whatever statistics say, and one place of it
    // is read. By three equations a plan made when every channel had one message reads all of a channel for each nonce; an upper bound by whole keys does not end the reading of an index
    // before its first column changes, which is after all that the author ever wrote.
    internal const string FindNonces =
        """
        SELECT i.place, m.id
        FROM unnest($1, $2, $3) WITH ORDINALITY AS i (channel, author, nonce, place)
        CROSS JOIN LATERAL (
          SELECT m.id, m.author, m.channel, m.nonce FROM messages m
          WHERE (m.author, m.channel, m.nonce) >= (i.author, i.channel, i.nonce)
          ORDER BY m.author, m.channel, m.nonce LIMIT 1) m
        WHERE m.author = i.author AND m.channel = i.channel AND m.nonce = i.nonce
        """;

    private static readonly string ReadKnown =
        $"""
        SELECT i.place, {MessageSql.Columns("m.author")}
        FROM unnest($1, $2) AS i (place, id)
        JOIN messages m ON m.id = i.id
        {MessageSql.Joins}
        """;

    private const string FindAuthors = "SELECT id, username, display_name, deleted FROM authors WHERE id = ANY ($1)";

    private static readonly string FindReplies =
        $"""
        SELECT i.place, r.id, r.seq, r.kind, {MessageSql.Preview}, r.deleted_at, a.id, a.username, a.display_name, a.deleted
        FROM unnest($1, $2) WITH ORDINALITY AS i (channel, reply_to, place)
        JOIN messages r ON r.id = i.reply_to AND (r.channel = i.channel) IS TRUE
        JOIN authors a ON a.id = r.author
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
            {
                counters.Add(
                    reader.GetGuid(0),
                    new ChannelCounter(reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt64(5), reader.IsDBNull(9) ? null : reader.GetGuid(9))
                    {
                        AccessRev = reader.GetInt64(4),
                        Locked = reader.GetBoolean(6),
                        Archived = reader.GetBoolean(7),
                        Kind = (ChannelKind)reader.GetInt16(8),
                    });
            }
        }

        var stored = new List<(int Index, Guid Id)>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            stored.Add((Index(reader), reader.GetGuid(1)));

        var authors = new Dictionary<Guid, Author>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            authors.Add(reader.GetGuid(0), MessageSql.ReadAuthor(reader, 0));

        var replies = new Dictionary<int, ReplyPreview>();
        if (hasReplies)
        {
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                replies.Add(Index(reader), MessageSql.ReadPreview(reader, 1));
        }

        await reader.DisposeAsync();
        return new GroupState(counters, await ReadKnownAsync(connection, stored, cancellationToken), replies, authors);
    }

    /// <summary>What was stored before, for those who ask again: few do, so that it is a round trip of its own.</summary>
    private static async Task<Dictionary<int, Message>> ReadKnownAsync(NpgsqlConnection connection, List<(int Index, Guid Id)> stored, CancellationToken cancellationToken)
    {
        var known = new Dictionary<int, Message>();
        if (stored.Count == 0)
            return known;
        await using var batch = connection.CreateBatch();
        batch.With(ReadKnown, Array(stored.Select(one => one.Index)), Array(stored.Select(one => one.Id)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            known.Add(reader.GetInt32(0), MessageSql.Read(reader, 1));
        return known;
    }

    /// <summary>Whether a message with this nonce is stored.</summary>
    public static async Task<bool> IsStoredAsync(NpgsqlDataSource store, Guid channel, Guid author, string nonce, CancellationToken cancellationToken)
    {
        await using var command = store.CreateCommand(FindNonces);
        command.Parameters.Add(Array([channel]));
        command.Parameters.Add(Array([author]));
        command.Parameters.Add(Array([nonce]));
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private static int Index(NpgsqlDataReader reader) => checked((int)reader.GetInt64(0) - 1);
}
