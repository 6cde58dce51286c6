using System.Globalization;
using System.Text;
using Chat.Messaging.Messages;
using Chat.Messaging.Paging;
using Chat.Messaging.Reading;
using Chat.Messaging.Writing;
using Chat.ServiceDefaults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Messaging.Search;

/// <summary>
/// Finds messages, newest first: in a first stage those that have all words of the question, as words or beginnings of words; when there are no more of those, in a second those that have
/// them as parts of words. Texts written without spaces are looked for in the first stage as parts, for they have no words. What is found is read from <c>messages</c>.
/// </summary>
internal sealed class MessageSearch(NpgsqlDataSource store, IOptions<SearchOptions> options)
{
    // The driver prepares what is asked often; a plan for any word is a bad one for most.
    private const string PlanForValues = "SET LOCAL plan_cache_mode = force_custom_plan";

    // Asked first: for values that it knows the planner has statistics, for those of a subquery it has none.
    private const string FindPeople = "SELECT id FROM authors WHERE username = ANY ($1)";

    /// <summary>A trigram index tells nothing of shorter texts.</summary>
    private const int ShortestPart = 3;

    /// <param name="channels">Where to look.</param>
    /// <param name="reader">As whom to read.</param>
    /// <param name="limit">How many at most; one more is looked for, to tell whether there are more.</param>
    /// <returns>The matches, each with the stage in which it was found, those that were deleted a moment ago among them.</returns>
    /// <exception cref="SearchTimeoutException">It took too long.</exception>
    public async Task<IReadOnlyList<FoundMessage>> FindAsync(
        SearchQuestion question, IReadOnlyList<Guid> channels, Guid reader, SearchCursor? cursor, int limit, CancellationToken cancellationToken)
    {
        var found = new List<FoundMessage>();
        var people = new SearchPeople(await PeopleAsync(question.From, cancellationToken), await PeopleAsync(question.Mentions, cancellationToken));
        if (people is { From.Length: 0 } or { Mentions.Length: 0 })
            return found;
        for (var stage = cursor?.Stage ?? SearchStage.Words; stage <= LastStage(question) && found.Count < limit; stage++)
        {
            var before = cursor?.Stage == stage ? cursor.Value.Before : (Guid?)null;
            found.AddRange(await StageAsync(question, people, stage, channels, reader, before, limit - found.Count, cancellationToken));
        }

        return found;
    }

    /// <summary>The second stage finds nothing new where no word is long enough to be part of another.</summary>
    private static SearchStage LastStage(SearchQuestion question) =>
        question.Words.Where(IsWord).ToArray() is { Length: > 0 } words && words.All(word => word.Length >= ShortestPart)
            ? SearchStage.Parts
            : SearchStage.Words;

    private async Task<List<FoundMessage>> StageAsync(
        SearchQuestion question, SearchPeople people, SearchStage stage, IReadOnlyList<Guid> channels, Guid reader, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var statement = new Statement();
        Condition(statement, question, people, stage, channels, before);
        var me = statement.Value(reader);
        var sql =
            $"""
            SELECT s.id, {MessageSql.Columns(me)}
            FROM (SELECT s.id FROM message_search s WHERE {statement.Conditions} ORDER BY s.id DESC LIMIT {statement.Value(limit)}) s
            LEFT JOIN messages m ON m.id = s.id AND m.deleted_at IS NULL
            {MessageSql.Joins}
            ORDER BY s.id DESC
            """;
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await using var limits = new NpgsqlCommand(
                string.Create(CultureInfo.InvariantCulture, $"SET LOCAL statement_timeout = {(long)options.Value.Timeout.TotalMilliseconds}; {PlanForValues}"), connection);
            await limits.ExecuteNonQueryAsync(cancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.AddRange(statement.Parameters.ToArray());
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            var found = new List<FoundMessage>();
            while (await rows.ReadAsync(cancellationToken))
                found.Add(new FoundMessage(rows.GetGuid(0), rows.IsDBNull(1) ? null : MessageSql.Read(rows, 1), stage));
            return found;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && !cancellationToken.IsCancellationRequested)
        {
            throw new SearchTimeoutException(e);
        }
    }

    /// <summary>The people of these ids and user names; null when none are named.</summary>
    private async Task<Guid[]?> PeopleAsync(IReadOnlyList<string> named, CancellationToken cancellationToken)
    {
        if (named.Count == 0)
            return null;
        var (ids, names) = (new List<Guid>(), new List<string>());
        foreach (var name in named)
        {
            if (Guid.TryParseExact(name, "D", out var id))
                ids.Add(id);
            else
                names.Add(name);
        }

        if (names.Count > 0)
        {
            await using var command = store.CreateCommand(FindPeople);
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. names] });
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                ids.Add(rows.GetGuid(0));
        }

        return [.. ids];
    }

    private static void Condition(Statement statement, SearchQuestion question, SearchPeople people, SearchStage stage, IReadOnlyList<Guid> channels, Guid? before)
    {
        statement.OneOf("s.channel", channels);
        if (before is { } id)
            statement.And($"s.id < {statement.Value(id)}");
        if (question.Before is { } end)
            statement.And($"s.id < {statement.Value(MessageId.First(end))}");
        if (question.After is { } start)
            statement.And($"s.id >= {statement.Value(MessageId.First(start))}");
        if (people.From is { } authors)
            statement.OneOf("s.author", authors);
        if (people.Mentions is { } mentioned)
            statement.And($"s.mentions && {statement.Value(mentioned)}");
        foreach (var trait in Enum.GetValues<SearchTraits>().Where(trait => trait != SearchTraits.None && question.Has.HasFlag(trait)))
            statement.And(SearchConfiguration.Has("s.traits", trait));
        if (question.Pinned is { } pinned)
            statement.And($"{(pinned ? "" : "NOT ")}({SearchConfiguration.Has("s.traits", SearchTraits.Pinned)})");
        Words(statement, question, stage);
    }

    private static void Words(Statement statement, SearchQuestion question, SearchStage stage)
    {
        var spaced = question.Words.Where(IsWord).ToArray();
        var query = Query(spaced);
        if (stage is SearchStage.Words && query is not null)
            statement.And($"s.words @@ to_tsquery('simple', {statement.Value(query)})");
        if (stage is SearchStage.Parts)
        {
            foreach (var word in spaced)
                Part(statement, word);
            // What has them as words was found in the first stage.
            if (query is not null)
                statement.And($"NOT s.words @@ to_tsquery('simple', {statement.Value(query)})");
        }

        foreach (var part in question.Words.Except(spaced).Concat(question.Phrases))
            Part(statement, part);
        foreach (var excluded in question.Excluded)
        {
            if (IsWord(excluded) && Query([excluded]) is { } without)
                statement.And($"NOT s.words @@ to_tsquery('simple', {statement.Value(without)})");
            else
                statement.And($"s.text NOT LIKE {statement.Value(Pattern(excluded))}");
        }
    }

    private static void Part(Statement statement, string part) => statement.And($"s.text LIKE {statement.Value(Pattern(part))}");

    /// <summary>Whether full text search takes it for one word, as it stands. Whatever else is looked for as a part of the text.</summary>
    private static bool IsWord(string term) => term.EnumerateRunes().All(Rune.IsLetterOrDigit) && !Folding.LacksSpaces(term);

    /// <summary>All of the words, each as a beginning; null for none. Letters and digits alone: nothing in them is an operator.</summary>
    private static string? Query(string[] words) => words.Length == 0 ? null : string.Join(" & ", words.Select(word => $"{word}:*"));

    private static string Pattern(string part) =>
        $"%{part.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";

    private sealed class Statement
    {
        private readonly StringBuilder _conditions = new();

        public List<NpgsqlParameter> Parameters { get; } = [];

        public string Conditions => _conditions.ToString();

        /// <summary>The placeholder of the last value.</summary>
        public string Last => string.Create(CultureInfo.InvariantCulture, $"${Parameters.Count}");

        public string Value(object value)
        {
            Parameters.Add(new NpgsqlParameter { Value = value });
            return Last;
        }

        /// <summary>Of one, the index is in the order of the page: it is walked until the page is full. Of several it would have to be sorted.</summary>
        public void OneOf(string column, IReadOnlyList<Guid> ids) => And(ids is [var only] ? $"{column} = {Value(only)}" : $"{column} = ANY ({Value(ids.ToArray())})");

        public void And(string condition) => _conditions.Append(_conditions.Length == 0 ? "" : " AND ").Append(condition);
    }
}

/// <summary>The ids of those who are named in a question; null: nobody is, empty: nobody who is known.</summary>
internal sealed record SearchPeople(Guid[]? From, Guid[]? Mentions);

/// <summary>A message that was found.</summary>
/// <param name="Message">Null: it was deleted a moment ago, and the index does not know yet. It has its place in the page all the same, or the page would seem to be the last.</param>
internal sealed record FoundMessage(Guid Id, Message? Message, SearchStage Stage);

/// <summary>How well a message matches.</summary>
internal enum SearchStage
{
    /// <summary>It has the words.</summary>
    Words = 0,

    /// <summary>It has them in other words.</summary>
    Parts = 1,
}

/// <summary>Where a page of results continues: in a stage, after a message.</summary>
internal readonly record struct SearchCursor(SearchStage Stage, Guid Before)
{
    private const int Length = 1 + Cursor.IdLength;

    public override string ToString() => Cursor.Of(ListKind.Search, [(byte)Stage, .. Before.ToByteArray(bigEndian: true)]);

    /// <summary>Null without a cursor; null and an error when it is none of a search.</summary>
    public static SearchCursor? Read(string? cursor, List<FieldError> errors)
    {
        Span<byte> key = stackalloc byte[Length];
        if (!Cursor.Read(ListKind.Search, cursor, key, errors))
            return null;
        if ((SearchStage)key[0] is var stage and (SearchStage.Words or SearchStage.Parts))
            return new SearchCursor(stage, new Guid(key[1..], bigEndian: true));
        errors.Add(Cursor.Invalid);
        return null;
    }
}

/// <summary>A search took longer than it may.</summary>
internal sealed class SearchTimeoutException(Exception inner) : Exception("The search took too long.", inner);
