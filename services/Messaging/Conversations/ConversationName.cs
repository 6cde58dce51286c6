using System.Globalization;
using System.Text;
using Chat.Messaging.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Conversations;

/// <summary>The rule of a group's name: a text as of a message, in one line and of at most <see cref="MaxCharacters"/> characters, that shows what it contains.</summary>
internal static class ConversationName
{
    /// <summary>Unicode code points.</summary>
    public const int MaxCharacters = 100;

    // Joiners that scripts and emoji need, and the tags that make up regional flags.
    private const int ZeroWidthNonJoiner = 0x200C, ZeroWidthJoiner = 0x200D, FirstTag = 0xE0020, LastTag = 0xE007F;

    /// <summary>The name as it is stored; null: none, for an empty one is none, or an error was added.</summary>
    public static string? Check(string? given, List<FieldError> errors)
    {
        if (string.IsNullOrWhiteSpace(given))
            return null;
        var (name, code, problem) = MessageText.Normalise(given);
        if (code is not null && problem is not null)
            errors.Add(new FieldError("name", code, problem));
        else if (name is not null && name.EnumerateRunes().Any(rune => rune.Value is '\n' or '\t' || IsInvisible(rune)))
            errors.Add(new FieldError("name", "control_character", "A name has no control, invisible or direction-changing characters."));
        else if (name is not null && name.EnumerateRunes().Count() > MaxCharacters)
            errors.Add(new FieldError("name", "too_long", string.Create(CultureInfo.InvariantCulture, $"A name has at most {MaxCharacters} characters.")));
        return name;
    }

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner or (>= FirstTag and <= LastTag)),
        _ => false,
    };
}
