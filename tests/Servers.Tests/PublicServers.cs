namespace Chat.Servers.Tests;

/// <summary>Servers that are only there to be found, without members or channels.</summary>
internal static class PublicServers
{
    /// <summary>A tag of one test's own, by which it is alone with its servers.</summary>
    public static string Tag() => Guid.NewGuid().ToString("n")[..20];

    public static async Task<Guid> AddAsync(Deployment deployment, string name, string[] tags, int members, string category, string? description)
    {
        var server = Guid.CreateVersion7();
        await Sql.ExecuteAsync(
            deployment.Database,
            """
            insert into servers (id, name, owner_id, rev, member_count, created_at, public, tags, category, description)
            values ($1, $2, $1, 1, $3, now(), true, $4, $5, nullif($6, ''))
            """,
            server,
            name,
            members,
            tags,
            category,
            description ?? "");
        return server;
    }

    /// <summary>Many, some of them as large and as busy as others.</summary>
    public static Task SeedAsync(string database, int count, string tag) => Sql.ExecuteAsync(
        database,
        """
        insert into servers (id, name, owner_id, rev, member_count, created_at, public, tags, category, description, activity)
        select gen_random_uuid(), (array['Gaming', 'Music', 'Chess', 'Painting', 'Astronomy'])[1 + n % 5] || ' ' || (array['club', 'guild', 'lounge'])[1 + n % 3] || ' ' || n % 90,
          gen_random_uuid(), 1, n % 60, now(), true, array[$2, 't' || n % 40],
          (array['gaming', 'education', 'technology', 'music', 'art', 'science', 'community', 'sports', 'entertainment', 'other'])[1 + n % 10],
          'A place for whoever likes ' || (array['bread', 'rust', 'stars', 'tactics'])[1 + n % 4] || ' and says so', 4000 + n % 30 * 1.1
        from generate_series(1, $1) n
        """,
        count,
        tag);

    public static async Task<List<JsonElement>> FindAsync(HttpClient client, string query) =>
        [.. (await client.ReadAsync($"/api/v1/discovery?{query}")).GetProperty("items").EnumerateArray()];

    /// <summary>All pages, one after another.</summary>
    public static async Task<List<JsonElement>> WalkAsync(HttpClient client, string query)
    {
        var found = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await client.ReadAsync($"/api/v1/discovery?{query}{(cursor is null ? "" : $"&cursor={cursor}")}");
            found.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        return found;
    }
}
