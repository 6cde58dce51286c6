using System.Globalization;
using System.Text;

namespace Chat.ServiceDefaults;

/// <summary>The rule for names and other text that people give: normalised, trimmed, of bounded length, and showing what it contains.</summary>
public static class PlainText
{
    // Joiners that scripts and emoji need, and the tags that make up regional flags.
    private const int ZeroWidthNonJoiner = 0x200C, ZeroWidthJoiner = 0x200D, FirstTag = 0xE0020, LastTag = 0xE007F;

    /// <summary>Checks a text.</summary>
    /// <param name="field">Where it came from, for the error.</param>
    /// <param name="input">What was given; null is an error, so optional fields are checked only where given.</param>
    /// <param name="min">The least number of characters (Unicode scalar values) after trimming, at least one of them visible; 0 allows an empty text.</param>
    /// <param name="max">The most.</param>
    /// <param name="text">The text to keep, when there is no error.</param>
    /// <param name="lines">Whether it may have line breaks.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static FieldError? Check(string field, string? input, int min, int max, out string text, bool lines = false)
    {
        text = "";
        if (input is null)
        {
            return new FieldError(field, "required", "A text is required.");
        }

        if (lines)
        {
            input = input.ReplaceLineEndings("\n");
        }

        if (input.EnumerateRunes().Any(rune => IsForbidden(rune) && !(lines && rune.Value == '\n')))
        {
            return new FieldError(field, "invalid_characters", "Control, invisible and direction-changing characters are not allowed.");
        }

        // Bounds the work of normalising; nothing that long could shrink to a valid text.
        text = input.Length > 20 * max ? input : input.Normalize(NormalizationForm.FormC).Trim();
        var length = text.EnumerateRunes().Count();
        return length < min || (min > 0 && !text.EnumerateRunes().Any(IsVisible)) ? new FieldError(field, "too_short", $"At least {min} characters, one of them visible.")
            : length > max ? new FieldError(field, "too_long", $"At most {max} characters.")
            : null;
    }

    /// <summary>Whether a character shows anything by itself.</summary>
    public static bool IsVisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned)
        && !IsBlankLetter(rune.Value);

    // Letters, symbols and marks by category that show nothing: Hangul and Braille fillers, joiners, variation selectors.
    private static bool IsBlankLetter(int value) =>
        value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0
            or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    /// <summary>Whether it is one of the code points that are no characters and never will be. Normalising refuses them.</summary>
    public static bool IsNoncharacter(Rune rune) => (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF;

    // A lone surrogate enumerates as the replacement character, which no keyboard types either.
    private static bool IsForbidden(Rune rune) => rune == Rune.ReplacementChar || IsNoncharacter(rune) || Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate => true,
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner or (>= FirstTag and <= LastTag)),
        _ => false,
    };
}
