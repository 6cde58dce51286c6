using System.Globalization;
using System.Text;

namespace Chat.Messaging.Search;

/// <summary>
/// How texts and questions are made comparable, whatever their language: compatibility forms are taken apart (NFKD), marks that stand on letters go, letters are lowered. Words are not
/// reduced to stems: that takes knowing the language, and a community writes in several (docs/decisions/0014-search-without-stems.md).
/// </summary>
internal static class Folding
{
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not UnicodeCategory.NonSpacingMark)
                folded.Append(Rune.ToLowerInvariant(rune));
        }

        return folded.ToString();
    }

    /// <summary>
    /// The same, with where each folded character came from: <c>origin[i]</c> is the place in <paramref name="text"/> (UTF-16 units) of what the character i of the result was made of.
    /// </summary>
    public static (string Folded, int[] Origin) FoldWithOrigin(string text)
    {
        var folded = new StringBuilder(text.Length);
        var origin = new List<int>(text.Length + 1);
        for (var i = 0; i < text.Length;)
        {
            // Characters that form one sign are folded together, for marks may have been composed with them.
            var length = StringInfo.GetNextTextElementLength(text, i);
            foreach (var unit in Fold(text.Substring(i, length)))
            {
                folded.Append(unit);
                origin.Add(i);
            }

            i += length;
        }

        origin.Add(text.Length);
        return (folded.ToString(), [.. origin]);
    }

    /// <summary>Whether a text is written without spaces between words, so that full text search takes whole sentences for words: Han, Kana, Hangul, Thai, Lao, Khmer, Burmese.</summary>
    public static bool LacksSpaces(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1100 and <= 0x11FF) or (>= 0x1780 and <= 0x17FF)
                or (>= 0x2E80 and <= 0x9FFF) or (>= 0xA960 and <= 0xA97F) or (>= 0xAC00 and <= 0xD7FF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF))
            {
                return true;
            }
        }

        return false;
    }
}
