using Chat.Messaging.Fences;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.ServiceDefaults;
using Npgsql;

namespace Chat.Messaging.Reading;

/// <summary>Reads who did something with a message: reacted with an emoji, or chose an answer. Oldest first, by the revision at which they did.</summary>
internal sealed class MessagePeople(NpgsqlDataSource store)
{
    /// <summary>The statement for one table that has <c>channel</c>, <c>seq</c>, <c>user_id</c> and <c>rev</c>, with an index that ends with <c>rev</c>.</summary>
    /// <param name="what">The column that says with what.</param>
    public static string Statement(string table, string what) =>
        $"""
        SELECT c.access_rev, m.parts, p.rev, a.id, a.username, a.display_name, a.deleted
        FROM messages m
        JOIN channels c ON c.id = m.channel
        LEFT JOIN LATERAL (
          SELECT user_id, rev FROM {table} WHERE channel = m.channel AND seq = m.seq AND {what} = $3 AND rev > $4 ORDER BY rev LIMIT $5
        ) p ON true
        LEFT JOIN authors a ON a.id = p.user_id
        WHERE m.channel = $1 AND m.id = $2 AND m.deleted_at IS NULL
        ORDER BY p.rev
        """;

    /// <summary>A page of at most <paramref name="limit"/> people; null when the channel has no such message, or it is deleted.</summary>
    /// <param name="statement">Of <see cref="Statement"/>.</param>
    /// <param name="list">What it lists.</param>
    /// <param name="after">A revision: whoever did it later.</param>
    public async Task<Fenced<PeopleOf>?> ReadAsync(string statement, ListKind list, Guid channel, Guid message, object what, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = store.CreateCommand(statement);
        foreach (var value in (object[])[channel, message, what, after, limit + 1])
            command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        if (!await rows.ReadAsync(cancellationToken))
            return null;

        var (accessRev, parts) = (rows.GetInt64(0), MessageParts.Read(rows.IsDBNull(1) ? null : rows.GetString(1)));
        var people = new List<(long Rev, Author Person)>();
        do
        {
            if (!rows.IsDBNull(2))
                people.Add((rows.GetInt64(2), MessageSql.ReadAuthor(rows, 3)));
        }
        while (await rows.ReadAsync(cancellationToken));

        var more = people.Count > limit;
        var page = new PeoplePage([.. people.Take(limit).Select(one => one.Person)], more ? Cursor.Of(list, people[limit - 1].Rev) : null);
        return new Fenced<PeopleOf>(new PeopleOf(parts, page), accessRev);
    }
}

/// <summary>People, with what the message has besides its text.</summary>
internal sealed record PeopleOf(MessageParts? Parts, PeoplePage Page);

/// <summary>A page of people.</summary>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record PeoplePage(IReadOnlyList<Author> Items, string? Next);

/// <summary>Which page. Raw text, so that a mistake is reported for its field.</summary>
internal sealed record PeopleQuery(string? Limit, string? Cursor)
{
    private const int Usual = 50;
    private const int Most = 100;

    public (long After, int Limit) Read(ListKind list, List<FieldError> errors) => (Paging.Cursor.Number(list, Cursor, errors) ?? 0, QueryNumber.Limit(Limit, Usual, Most, errors));
}
