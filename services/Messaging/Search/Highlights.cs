using System.Globalization;

namespace Chat.Messaging.Search;

/// <summary>A stretch of a message's content in which a word was found, in UTF-16 units, as JavaScript counts.</summary>
internal sealed record Highlight(int Start, int Length);

/// <summary>Finds the words of a question in a text, as search does: without case and marks.</summary>
internal static class Highlights
{
    private const int Max = 50;

    /// <summary>In order, not overlapping, at most <see cref="Max"/>.</summary>
    public static IReadOnlyList<Highlight> Find(string content, IEnumerable<string> terms)
    {
        var (folded, origin) = Folding.FoldWithOrigin(content);
        var found = new List<(int Start, int End)>();
        foreach (var term in terms)
        {
            for (var at = folded.IndexOf(term, StringComparison.Ordinal); at >= 0 && found.Count < 4 * Max; at = folded.IndexOf(term, at + term.Length, StringComparison.Ordinal))
                found.Add((origin[at], EndOf(content, origin[at + term.Length - 1])));
        }

        var highlights = new List<Highlight>();
        var covered = 0;
        foreach (var (start, end) in found.Order())
        {
            if (start >= covered)
                highlights.Add(new Highlight(start, end - start));
            else if (end > covered && highlights is [.., var last])
                highlights[^1] = last with { Length = end - last.Start };
            covered = Math.Max(covered, end);
        }

        return highlights.Count > Max ? highlights[..Max] : highlights;
    }

    private static int EndOf(string content, int start) => start + StringInfo.GetNextTextElementLength(content, start);
}
