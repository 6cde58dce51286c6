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
    /// <param name="min">The least number of characters (Unicode scalar values) after trimming; 0 allows an empty text.</param>
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
        return length < min ? new FieldError(field, "too_short", $"At least {min} characters.")
            : length > max ? new FieldError(field, "too_long", $"At most {max} characters.")
            : null;
    }

    // A lone surrogate enumerates as the replacement character, which no keyboard types either.
    private static bool IsForbidden(Rune rune) => rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate => true,
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner or (>= FirstTag and <= LastTag)),
        _ => false,
    };
}
