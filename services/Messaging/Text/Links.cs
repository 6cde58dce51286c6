using System.Text.RegularExpressions;

namespace Chat.Messaging.Text;

/// <summary>Finds addresses in a text. Nothing is fetched.</summary>
internal static partial class Links
{
    public const int Max = 20;
    private const int MaxLength = 2048;

    /// <summary>The addresses of <c>http</c> and <c>https</c> outside of code, in order, each once, at most <see cref="Max"/>; null for none. As written, without punctuation that ends the sentence.</summary>
    public static IReadOnlyList<string>? Find(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
            return null;

        var found = new List<string>();
        foreach (var range in Prose.Of(text))
        {
            foreach (var match in Address().EnumerateMatches(text.AsSpan(range)))
            {
                var link = Trimmed(text[range].Substring(match.Index, match.Length));
                if (IsAddress(link) && !found.Contains(link, StringComparer.Ordinal))
                    found.Add(link);
                if (found.Count == Max)
                    return found;
            }
        }

        return found.Count > 0 ? found : null;
    }

    private static bool IsAddress(string link) =>
        link.Length <= MaxLength && Uri.TryCreate(link, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.Host.Length > 0;

    /// <summary>Without what belongs to the sentence around it; a closing bracket stays where the address opened it.</summary>
    private static string Trimmed(string link)
    {
        var end = link.Length;
        while (end > 0 && (".,;:!?'*_~|".Contains(link[end - 1], StringComparison.Ordinal) || IsForeignBracket(link.AsSpan(0, end))))
            end--;
        return link[..end];
    }

    private static bool IsForeignBracket(ReadOnlySpan<char> link) => link[^1] switch
    {
        ')' => link.Count(')') > link.Count('('),
        ']' => link.Count(']') > link.Count('['),
        '}' => link.Count('}') > link.Count('{'),
        _ => false,
    };

    [GeneratedRegex("""\bhttps?://[^\s<>"`\\^]+""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
