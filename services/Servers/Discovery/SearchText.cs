using System.Globalization;
using System.Text;

namespace Chat.Servers.Discovery;

/// <summary>What somebody typed into the search, taken apart for the three ways in which it is looked for.</summary>
/// <param name="Text">All of it: words of which each must occur, in the syntax of <c>websearch_to_tsquery</c> (quotes, <c>or</c>, <c>-</c>).</param>
/// <param name="Head">What stands before <paramref name="Prefix"/>; null when nothing.</param>
/// <param name="Prefix">The word that may not be finished yet, as a term of <c>to_tsquery</c>; null when the text does not end in one.</param>
/// <param name="Substring">A pattern of LIKE for any part of a name; null when the text is too short for it to mean anything.</param>
/// <param name="Loose">Whether to look for similar names too: not when somebody says exactly what they want by quotes or a minus.</param>
internal sealed record SearchText(string Text, string? Head, string? Prefix, string? Substring, bool Loose)
{
    /// <summary>Two letters of the Latin alphabet are in every other name; two of the Chinese are a word.</summary>
    private const int MinAsciiSubstring = 3;

    /// <summary>Takes a text apart.</summary>
    /// <param name="text">Checked, not empty.</param>
    /// <returns>Null when there is nothing in it to look for, such as in mere punctuation.</returns>
    public static SearchText? Of(string text)
    {
        if (!text.EnumerateRunes().Any(IsSearchable))
        {
            return null;
        }

        var exact = text.Contains('"') || text.Split(' ').Any(word => word.StartsWith('-'));
        if (exact)
        {
            return new SearchText(text, null, null, null, Loose: false);
        }

        var start = text.Length;
        while (start > 0 && IsOfWord(text[start - 1]))
        {
            start--;
        }

        var substring = text.Length >= MinAsciiSubstring || !Ascii.IsValid(text) ? $"%{Escaped(text)}%" : null;
        return new SearchText(text, start == 0 ? null : text[..start], start == text.Length ? null : $"{text[start..]}:*", substring, Loose: true);
    }

    // Nothing of these means anything to to_tsquery.
    private static bool IsOfWord(char character) =>
        char.IsLetterOrDigit(character) || char.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // Emoji are symbols, and stand in many a name.
    private static bool IsSearchable(Rune rune) => Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol;

    private static string Escaped(string text) =>
        text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
}
