using System.Globalization;
using Chat.Messaging.Messages;
using Npgsql;

namespace Chat.Messaging.Reading;

/// <summary>
/// How a message is read, everywhere: <c>SELECT {Columns(…)} FROM messages m {Joins}</c>, then <see cref="Read"/>. One statement, so that a message and what hangs on it are of one moment.
/// </summary>
internal static class MessageSql
{
    /// <summary>How many columns <see cref="Columns"/> has.</summary>
    public const int Count = 28;

    /// <summary>To be joined to <c>messages m</c>.</summary>
    public const string Joins =
        """
        LEFT JOIN authors a ON a.id = m.author
        LEFT JOIN messages r ON r.id = m.reply_to
        LEFT JOIN authors ra ON ra.id = r.author
        """;

    /// <summary>The columns, of which the last two say what one person did.</summary>
    /// <param name="me">An expression for that person's id, such as <c>$4</c>; null: nobody's.</param>
    public static string Columns(string? me) =>
        $"""
        m.id, m.channel, m.seq, m.rev, m.kind, m.content, m.nonce, m.reply_to, m.created_at, m.edited_at, m.deleted_at, m.pinned_at, m.pinned_by, m.parts,
        a.id, a.username, a.display_name, a.deleted,
        r.id, r.seq, r.kind, {Preview}, r.deleted_at, ra.id, ra.username, ra.display_name, ra.deleted,
        {(me is null
            ? "NULL::text[]"
            : $"""
               CASE WHEN jsonb_exists_any(m.parts, ARRAY['reactions', 'poll']) THEN ARRAY(
                 SELECT x.emoji FROM reactions x WHERE x.channel = m.channel AND x.seq = m.seq AND x.user_id = {me}
                 UNION ALL SELECT v.answer::text FROM poll_votes v WHERE v.channel = m.channel AND v.seq = m.seq AND v.user_id = {me}) END
               """)}
        """;

    /// <summary>What is shown of an answered message <c>r</c>.</summary>
    public static readonly string Preview = string.Create(CultureInfo.InvariantCulture, $"left(r.content, {ReplyPreview.MaxCharacters})");

    /// <summary>Reads a row.</summary>
    /// <param name="first">Where <see cref="Columns"/> begin in it.</param>
    public static Message Read(NpgsqlDataReader reader, int first = 0)
    {
        var parts = MessageParts.Read(reader.IsDBNull(first + 13) ? null : reader.GetString(first + 13));
        if (!reader.IsDBNull(first + 27))
            parts = Mine(parts, reader.GetFieldValue<string[]>(first + 27));
        return new Message(
            reader.GetGuid(first),
            reader.GetGuid(first + 1),
            reader.GetInt64(first + 2),
            reader.GetInt64(first + 3),
            ReadAuthor(reader, first + 14),
            reader.GetString(first + 5),
            reader.GetString(first + 6),
            Id(reader, first + 7),
            reader.GetFieldValue<DateTimeOffset>(first + 8),
            Time(reader, first + 10))
        {
            Kind = (MessageKind)reader.GetInt16(first + 4),
            EditedAt = Time(reader, first + 9),
            PinnedAt = Time(reader, first + 11),
            PinnedBy = Id(reader, first + 12),
            Reply = reader.IsDBNull(first + 18) ? null : ReadPreview(reader, first + 18),
        }.With(parts);
    }

    /// <summary>Reads <c>id, seq, kind, preview, deleted_at</c> of an answered message and the columns of its author.</summary>
    public static ReplyPreview ReadPreview(NpgsqlDataReader reader, int first) => new(
        reader.GetGuid(first), reader.GetInt64(first + 1), (MessageKind)reader.GetInt16(first + 2), ReadAuthor(reader, first + 5), reader.GetString(first + 3), Time(reader, first + 4));

    /// <summary>Reads <c>id, username, display_name, deleted</c>.</summary>
    public static Author ReadAuthor(NpgsqlDataReader reader, int first) =>
        new(reader.GetGuid(first), reader.GetString(first + 1), reader.GetString(first + 2), reader.GetBoolean(first + 3) ? true : null);

    private static MessageParts? Mine(MessageParts? parts, string[] mine) => parts is null || mine.Length == 0 ? parts : parts with
    {
        Reactions = parts.Reactions is null ? null : [.. parts.Reactions.Select(reaction => mine.Contains(reaction.Emoji) ? reaction with { Me = true } : reaction)],
        Poll = parts.Poll is null ? null : parts.Poll with { Answers = [.. parts.Poll.Answers.Select((answer, place) => Chose(place, mine) ? answer with { Me = true } : answer)] },
    };

    private static bool Chose(int answer, string[] mine) => mine.Contains(answer.ToString(CultureInfo.InvariantCulture));

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static Guid? Id(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetGuid(column);
}
