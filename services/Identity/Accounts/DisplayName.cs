using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Chat.Identity.Accounts;

/// <summary>
/// The rule for display names: trimmed and in NFC, 1 to 32 UTF-16 units, at least one visible character, no control characters,
/// line breaks or invisible formatting (direction overrides make one name look like another); joiners are allowed for emoji and scripts that need them.
/// </summary>
internal static class DisplayName
{
    public const int MaxLength = 32;

    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    public static bool TryParse(string? text, [NotNullWhen(true)] out string? displayName)
    {
        displayName = null;

        // Composing shortens a name at most threefold: longer text cannot pass and is not worth normalising.
        if (text is null || text.Length > 4 * MaxLength)
            return false;

        var visible = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || IsForbidden(rune))
                return false;
            visible |= !Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) is not UnicodeCategory.Format;
        }

        var name = text.Normalize().Trim();
        if (!visible || name.Length > MaxLength)
            return false;

        displayName = name;
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
