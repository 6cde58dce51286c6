using Npgsql;

namespace Chat.Servers.Discovery;

/// <summary>
/// Finds public servers. Every condition repeats <c>public and archived_at is null</c> by standing beside it, so that the partial indexes serve it: two for the orders,
/// one for categories, one for tags, and two for texts (words and trigrams of names).
/// </summary>
internal sealed class DiscoveryQuery(NpgsqlDataSource source)
{
    /// <summary>
    /// How much of a text's trigrams a name must have. Custom plans, because the driver prepares what it sees often and a plan for any text at all would be a bad one. No
    /// scan of the whole table, because the planner takes comparing trigrams to cost as little as comparing numbers. All of it holds for the batch only, one transaction.
    /// </summary>
    internal const string Settings = """
        select set_config('pg_trgm.word_similarity_threshold', '0.45', true), set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)
        """;

    private const string Columns = "id, name, description, icon, banner, category, tags, member_count, vanity, created_at";

    /// <summary>The page, and the cursor of the next one.</summary>
    public async Task<(IReadOnlyList<DiscoveredServer> Items, string? Next)> FindAsync(DiscoverySearch search, Guid caller, CancellationToken cancellationToken)
    {
        if (!TryBuild(search, caller, out var sql, out var values))
        {
            return ([], null);
        }

        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Settings));
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        batch.BatchCommands.Add(command);
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

    /// <summary>The statement of a search; it reads one row more than the page has.</summary>
    /// <returns>False when nothing can match.</returns>
    internal static bool TryBuild(DiscoverySearch search, Guid caller, out string sql, out IReadOnlyList<object> values)
    {
        var given = new List<object>();
        (sql, values) = ("", given);
        var text = search.Text is null ? null : SearchText.Of(search.Text);
        if (search.Text is not null && text is null)
        {
            return false;
        }

        // Texts of people reach the database as parameters only.
        string Given(object value)
        {
            given.Add(value);
            return $"${given.Count}";
        }

        var conditions = new List<string> { "public", "archived_at is null" };
        if (search.Category is { } category)
        {
            conditions.Add($"category = {Given(category)}");
        }

        if (search.Tags.Length > 0)
        {
            conditions.Add($"tags @> {Given(search.Tags)}");
        }

        var score = "0";
        if (text is not null)
        {
            var (whole, query) = (Given(text.Text), Words(text, Given));
            // The very name, then its words and those of tags and description, then what is spelt alike.
            score = $"case when lower(name) = lower({whole}) then 3 when search @@ {query} then 1 + ts_rank(search, {query}) else word_similarity(lower({whole}), lower(name)) end";
            conditions.Add($"(search @@ {query}{Names(text, whole, Given)})");
        }

        var (key, order, place) = search.Sort switch
        {
            DiscoverySort.Relevance => (score, "key desc, member_count desc, id desc", search.After is { } after ? $"(key, member_count, id) < ({Given(after.Key)}, {Given(after.Members)}, {Given(after.Id)})" : null),
            DiscoverySort.Activity => ("activity", "activity desc, id desc", search.After is { } after ? $"(activity, id) < ({Given(after.Key)}, {Given(after.Id)})" : null),
            _ => ("member_count", "member_count desc, id desc", search.After is { } after ? $"(member_count, id) < ({Given(after.Members)}, {Given(after.Id)})" : null),
        };
        // A score is computed once for each server that matches: offset 0 keeps the planner from repeating it in the comparison.
        var matching = $"select {Columns}, activity, ({key})::double precision as key from servers where {string.Join(" and ", conditions)}";
        var page = search.Sort == DiscoverySort.Relevance
            ? $"select * from ({matching} offset 0) scored{(place is null ? "" : $" where {place}")}"
            : $"{matching}{(place is null ? "" : $" and {place}")}";
        sql = $"""
            select {Columns}, key, exists(select from members where members.server_id = page.id and members.user_id = {Given(caller)})
            from ({page} order by {order} limit {search.Size + 1}) page
            order by {order}
            """;
        return true;
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

    private static string Names(SearchText text, string whole, Func<object, string> given) =>
        (text.Substring is { } substring ? $" or lower(name) like lower({given(substring)})" : "") + (text.Loose ? $" or lower(name) %> lower({whole})" : "");

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
