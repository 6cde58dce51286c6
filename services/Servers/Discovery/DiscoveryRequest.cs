using Chat.Servers.Servers;
using Chat.ServiceDefaults;

namespace Chat.Servers.Discovery;

/// <summary>The order of what is found.</summary>
internal enum DiscoverySort
{
    /// <summary>By how well the text fits; the larger first where it fits equally well, as everywhere without a text.</summary>
    Relevance,

    /// <summary>The larger first.</summary>
    Members,

    /// <summary>The busier first.</summary>
    Activity,
}

/// <summary>Query parameters of the search for servers, as given.</summary>
/// <param name="Q">1 to 100 characters; absent: everything.</param>
/// <param name="Category">One of <see cref="ServerCategory"/>.</param>
/// <param name="Tag">Given several times: all of them, up to 10.</param>
/// <param name="Sort"><c>relevance</c>, <c>members</c> or <c>activity</c>; absent: relevance with a text, otherwise members.</param>
internal sealed record DiscoveryRequest(string? Q, string? Category, string[]? Tag, string? Sort, int? Limit, string? Cursor)
{
    private const int MaxText = 100;

    private static readonly IReadOnlyDictionary<string, DiscoverySort> Sorts = new Dictionary<string, DiscoverySort>(StringComparer.Ordinal)
    {
        ["relevance"] = DiscoverySort.Relevance,
        ["members"] = DiscoverySort.Members,
        ["activity"] = DiscoverySort.Activity,
    };

    /// <summary>Checks all of it.</summary>
    /// <param name="search">What is looked for, when there is no error.</param>
    /// <returns>What is wrong, field by field.</returns>
    public IReadOnlyList<FieldError> Check(out DiscoverySearch search)
    {
        var page = new PageRequest(Limit, Cursor);
        var errors = new List<FieldError>();
        Add(page.Error);
        var text = "";
        if (Q is not null)
        {
            Add(PlainText.Check("q", Q, 1, MaxText, out text));
        }

        var category = "";
        if (Category is not null)
        {
            Add(ServerRules.Category(Category, out category));
        }

        var sort = Q is null ? DiscoverySort.Members : DiscoverySort.Relevance;
        if (Sort is not null && !Sorts.TryGetValue(Sort, out sort))
        {
            Add(new FieldError("sort", "unknown", $"One of {string.Join(", ", Sorts.Keys)}."));
        }

        // Without a text everything fits equally well.
        sort = Q is null && sort == DiscoverySort.Relevance ? DiscoverySort.Members : sort;
        search = new DiscoverySearch(Q is null ? null : text, Category is null ? null : category, Tags(Add), sort, page.Size, null);
        if (Cursor is not null)
        {
            search = search with { After = DiscoveryCursor.Read(Cursor, search) };
            Add(search.After is null ? PageRequest.BadCursor : null);
        }

        return errors;

        void Add(FieldError? error)
        {
            if (error is not null)
            {
                errors.Add(error);
            }
        }
    }

    private string[] Tags(Action<FieldError?> add)
    {
        if (Tag is not { Length: > 0 })
        {
            return [];
        }

        if (Tag.Length > Server.MaxTags)
        {
            add(new FieldError("tag", "too_many", $"At most {Server.MaxTags}."));
            return [];
        }

        var tags = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var given in Tag)
        {
            add(ServerTags.Check("tag", given, out var tag));
            tags.Add(tag);
        }

        return [.. tags];
    }
}

/// <summary>A search for servers, checked.</summary>
/// <param name="Text">Null: everything.</param>
/// <param name="Tags">Lower case, ordered, without doubles.</param>
/// <param name="Sort">Relevance only with a text.</param>
/// <param name="After">The last server of the page before.</param>
internal sealed record DiscoverySearch(string? Text, string? Category, string[] Tags, DiscoverySort Sort, int Size, DiscoveryCursor? After);
