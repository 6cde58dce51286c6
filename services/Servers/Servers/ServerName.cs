using System.Globalization;
using System.Text;
using Chat.ServiceDefaults;

namespace Chat.Servers.Servers;

/// <summary>The rule for names that people give: normalised, trimmed, of bounded length, and showing what they contain.</summary>
internal static class ServerName
{
    // Joiners that scripts and emoji need, and the tags that make up regional flags.
    private const int ZeroWidthNonJoiner = 0x200C, ZeroWidthJoiner = 0x200D, FirstTag = 0xE0020, LastTag = 0xE007F;

    /// <summary>Checks a name.</summary>
    /// <param name="name">The name to keep, when there is no error.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static FieldError? Check(string? input, out string name)
    {
        name = "";
        if (input is null)
        {
            return new FieldError("name", "required", "A name is required.");
        }

        if (input.EnumerateRunes().Any(IsForbidden))
        {
            return new FieldError("name", "invalid_characters", "Control, invisible and direction-changing characters are not allowed.");
        }

        // Bounds the work of normalising; nothing that long could shrink to a valid name.
        name = input.Length > 20 * Server.MaxNameLength ? input : input.Normalize(NormalizationForm.FormC).Trim();
        return name.EnumerateRunes().Count() switch
        {
            < Server.MinNameLength => new FieldError("name", "too_short", $"At least {Server.MinNameLength} characters."),
            > Server.MaxNameLength => new FieldError("name", "too_long", $"At most {Server.MaxNameLength} characters."),
            _ => null,
        };
    }

    // A lone surrogate enumerates as the replacement character, which no keyboard types either.
    private static bool IsForbidden(Rune rune) => rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate => true,
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner or (>= FirstTag and <= LastTag)),
        _ => false,
    };
}
