namespace Chat.Servers.Servers;

/// <summary>What a server is about, from a fixed list.</summary>
internal static class ServerCategory
{
    public const string Gaming = "gaming";
    public const string Education = "education";
    public const string Community = "community";
    public const string Business = "business";
    public const string Other = "other";

    /// <summary>As they appear in requests and answers.</summary>
    public static readonly IReadOnlyList<string> Every =
        [Gaming, Education, "technology", "music", "art", "science", Community, "sports", "entertainment", Business, Other];
}
