namespace Chat.Servers.Servers;

/// <summary>What a server is about, from a fixed list.</summary>
internal static class ServerCategory
{
    public const string Other = "other";

    /// <summary>As they appear in requests and answers.</summary>
    public static readonly IReadOnlyList<string> Every =
        ["gaming", "education", "technology", "music", "art", "science", "community", "sports", "entertainment", "business", Other];
}
