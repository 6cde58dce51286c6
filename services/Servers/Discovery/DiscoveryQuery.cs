using Npgsql;

namespace Chat.Servers.Discovery;

/// <summary>
/// Finds public servers. Every condition stands beside <c>public and archived_at is null</c>, so that the partial indexes serve it: two for the orders, one for
/// categories, one for tags, and two for texts (words, and trigrams of names).
/// </summary>
internal sealed class DiscoveryQuery(NpgsqlDataSource source)
{
    /// <summary>
    /// How much of a text's trigrams a name must have: more of several words, which are more likely to be alike by chance. Custom plans, because the driver prepares what
    /// it sees often and a plan for any text at all would be a bad one. No scan of the whole table, because the planner takes comparing trigrams to cost as little as
    /// comparing numbers. All of it holds for the batch only, one transaction.
    /// </summary>
    private const string Settings = """
        select set_config('pg_trgm.word_similarity_threshold', $1, true), set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)
        """;

    private const string OfOneWord = "0.45", OfSeveralWords = "0.6";
    private const string Columns = "id, name, description, icon, banner, category, tags, member_count, vanity, created_at";

    /// <summary>The page, and the cursor of the next one.</summary>
    public async Task<(IReadOnlyList<DiscoveredServer> Items, string? Next)> FindAsync(DiscoverySearch search, Guid caller, CancellationToken cancellationToken)
    {
        await using var batch = Prepare(source, search, caller);
        if (batch is null)
        {
            return ([], null);
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var found = new List<(DiscoveredServer Server, double Key)>(search.Size + 1);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add((Read(reader), reader.GetDouble(10)));
        }

        var items = found.Take(search.Size).ToList();
        var next = found.Count > search.Size && items[^1] is var (last, key) ? new DiscoveryCursor(key, last.MemberCount, last.Id).Of(search) : null;
        return ([.. items.Select(item => item.Server)], next);
    }

    /// <summary>The statements of a search, of which the second answers it, with one row more than the page has.</summary>
    /// <param name="prefix">Put before the second: <c>explain</c>.</param>
    /// <returns>Null when nothing can match.</returns>
    internal static NpgsqlBatch? Prepare(NpgsqlDataSource source, DiscoverySearch search, Guid caller, string prefix = "")
    {
        var text = search.Text is null ? null : SearchText.Of(search.Text);
        if (search.Text is not null && text is null)
        {
            return null;
        }

        var settings = new NpgsqlBatchCommand(Settings);
        settings.Parameters.Add(new() { Value = text?.Text.Contains(' ') is true ? OfSeveralWords : OfOneWord });
        var command = new NpgsqlBatchCommand();

        // Texts of people reach the database as parameters only.
        string Given(object value)
        {
            command.Parameters.Add(new() { Value = value });
            return $"${command.Parameters.Count}";
        }

        var conditions = "public and archived_at is null"
            + (search.Category is { } category ? $" and category = {Given(category)}" : "")
            + (search.Tags.Length > 0 ? $" and tags @> {Given(search.Tags)}" : "");
        var (order, place) = search.Sort switch
        {
            DiscoverySort.Relevance => ("key desc, member_count desc, id desc", search.After is { } after ? $"(key, member_count, id) < ({Given(after.Key)}, {Given(after.Members)}, {Given(after.Id)})" : "true"),
            DiscoverySort.Activity => ("activity desc, id desc", search.After is { } after ? $"(activity, id) < ({Given(after.Key)}, {Given(after.Id)})" : "true"),
            _ => ("member_count desc, id desc", search.After is { } after ? $"(member_count, id) < ({Given(after.Members)}, {Given(after.Id)})" : "true"),
        };
        var key = search.Sort == DiscoverySort.Activity ? "activity" : "member_count";
        var matching = text is null
            ? $"select {Columns}, activity, {key}::double precision as key from servers where {conditions}"
            : Matching(text, conditions, search.Sort == DiscoverySort.Relevance ? null : key, Given);
        command.CommandText = $"""
            {prefix} select {Columns}, key, exists(select from members where members.server_id = page.id and members.user_id = {Given(caller)})
            from (select * from ({matching}) matching where {place} order by {order} limit {search.Size + 1}) page
            order by {order}
            """;
        var batch = source.CreateBatch();
        batch.BatchCommands.Add(settings);
        batch.BatchCommands.Add(command);
        return batch;
    }

    /// <summary>
    /// The servers that a text fits, each in one of three parts so that each part has an index and its estimate to itself: by words (of the name, then of the tags, then
    /// of the description), by a part of the name, and by a name spelt alike. The very name comes before all of them.
    /// </summary>
    /// <param name="key">What the sort goes by; null: how well the text fits.</param>
    private static string Matching(SearchText text, string conditions, string? key, Func<object, string> given)
    {
        var (whole, words) = (given(text.Text), Words(text, given));
        var (byWords, alike) = ($"search @@ {words}", $"word_similarity(lower({whole}), lower(name))");
        var parts = new List<string> { Part($"1 + ts_rank(search, {words})", byWords) };
        var others = $"not ({byWords})";
        if (text.Substring is { } substring)
        {
            var byPart = $"lower(name) like lower({given(substring)})";
            parts.Add(Part(alike, $"{byPart} and {others}"));
            others += $" and not ({byPart})";
        }

        if (text.Loose)
        {
            parts.Add(Part(alike, $"lower(name) %> lower({whole}) and {others}"));
        }

        return string.Join(" union all ", parts);

        // offset 0: a score is computed once for each server, not again to compare it.
        string Part(string score, string condition)
        {
            var sorted = key ?? $"case when lower(name) = lower({whole}) then 3 else {score} end";
            return $"(select {Columns}, activity, ({sorted})::double precision as key from servers where {conditions} and {condition} offset 0)";
        }
    }

    private static string Words(SearchText text, Func<object, string> given)
    {
        var all = $"websearch_to_tsquery('simple', {given(text.Text)})";
        var begun = text.Prefix is { } prefix ? $"to_tsquery('simple', {given(prefix)})" : null;
        return (begun, text.Head) switch
        {
            (null, _) => all,
            (_, null) => $"({all} || {begun})",
            var (_, head) => $"({all} || (websearch_to_tsquery('simple', {given(head)}) && {begun}))",
        };
    }

    private static DiscoveredServer Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetGuid(3), row.IsDBNull(4) ? null : row.GetGuid(4),
        row.GetString(5), row.GetFieldValue<string[]>(6), row.GetInt32(7), row.IsDBNull(8) ? null : row.GetString(8), row.GetFieldValue<DateTimeOffset>(9), row.GetBoolean(11));
}

/// <summary>A public server as anybody signed in may find it.</summary>
/// <param name="Description">Absent when it says nothing about itself.</param>
/// <param name="Icon">The file of its icon; absent when there is none.</param>
/// <param name="Banner">The file of its banner; absent when there is none.</param>
/// <param name="Vanity">Its name in invite links; absent when it has none.</param>
/// <param name="Joined">Whether the caller is a member.</param>
internal sealed record DiscoveredServer(
    Guid Id, string Name, string? Description, Guid? Icon, Guid? Banner, string Category, IReadOnlyList<string> Tags, int MemberCount, string? Vanity, DateTimeOffset CreatedAt, bool Joined);
