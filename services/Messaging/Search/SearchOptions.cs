namespace Chat.Messaging.Search;

/// <summary>Search, configuration section <c>Search</c>.</summary>
internal sealed class SearchOptions
{
    /// <summary>The time between two looks for what is to be indexed.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest one statement of a search may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);
}
