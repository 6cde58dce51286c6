using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Chat.Identity.Accounts;

/// <summary>
/// The rule for what people write about themselves: trimmed and in NFC, at least one visible character, no control characters, line breaks (unless allowed) or invisible
/// formatting (direction overrides make one name look like another); joiners are allowed for emoji and scripts that need them.
/// </summary>
internal static class VisibleText
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <param name="maxLength">In UTF-16 units.</param>
    /// <param name="lines">Whether there may be several; they end in <c>\n</c>.</param>
    public static bool TryParse(string? text, int maxLength, bool lines, [NotNullWhen(true)] out string? parsed)
    {
        parsed = null;

        // Composing shortens a text at most threefold: a longer one cannot pass and is not worth normalising.
        if (text is null || text.Length > 4 * maxLength)
            return false;
        if (lines)
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal);

        var visible = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (lines && rune.Value == '\n')
                continue;
            if (rune == Rune.ReplacementChar || IsForbidden(rune))
                return false;
            visible |= !Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) is not UnicodeCategory.Format;
        }

        var trimmed = text.Normalize().Trim();
        if (!visible || trimmed.Length > maxLength)
            return false;

        parsed = trimmed;
        return true;
    }

    private static bool IsForbidden(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner),
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => true,
        _ => false,
    };
}
