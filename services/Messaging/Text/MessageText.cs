using System.Globalization;
using System.Text;
using Chat.ServiceDefaults;

namespace Chat.Messaging.Text;

/// <summary>
/// The rules of a message's text. Line ends become <c>\n</c>, white space around it is cut, the rest is put into NFC; what remains has 1 to
/// <see cref="MaxCharacters"/> Unicode code points, at least one of them visible, and no control characters but <c>\n</c> and <c>\t</c>.
/// </summary>
internal static class MessageText
{
    /// <summary>Unicode code points, counted after normalisation: an emoji outside the basic plane is one.</summary>
    public const int MaxCharacters = 4000;

    /// <summary>
    /// UTF-16 units for each character, looked at before normalisation. Composing text takes time quadratic in its combining marks, so it is bounded first;
    /// even fully decomposed Hangul of the greatest length fits.
    /// </summary>
    private const int UnitsPerCharacter = 3;

    /// <summary>The text as it is stored, or the code and sentence of what is wrong with it.</summary>
    public static (string? Text, string? Code, string? Problem) Normalise(string raw) => Normalise(raw, MaxCharacters, oneLine: false);

    /// <summary>The same for a text of one line: no line ends, no tabs.</summary>
    /// <param name="most">Unicode code points.</param>
    public static (string? Text, string? Code, string? Problem) NormaliseLine(string raw, int most) => Normalise(raw, most, oneLine: true);

    private static (string? Text, string? Code, string? Problem) Normalise(string raw, int most, bool oneLine)
    {
        var text = raw.Replace("\r\n", "\n", StringComparison.Ordinal).Trim();
        if (text.Length > UnitsPerCharacter * most)
            return TooLong(most);

        var visible = false;
        foreach (var (rune, sound) in Runes(text))
        {
            if (!sound)
                return (null, "invalid_text", "The text contains half of a surrogate pair or a code point that is no character.");
            if (oneLine ? Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 : Rune.IsControl(rune) && rune.Value is not ('\n' or '\t'))
                return (null, "control_character", oneLine ? "The text contains a control character or a line end." : "The text contains a control character other than line feed and tab.");
            visible |= PlainText.IsVisible(rune);
        }

        if (!visible)
            return (null, "required", "The text has nothing visible in it.");

        text = text.Normalize(NormalizationForm.FormC);
        return CountRunes(text) > most ? TooLong(most) : (text, null, null);
    }

    private static (string?, string?, string?) TooLong(int most) =>
        (null, "too_long", string.Create(CultureInfo.InvariantCulture, $"The text has more than {most} characters."));

    private static IEnumerable<(Rune Rune, bool Sound)> Runes(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            var sound = Rune.TryGetRuneAt(text, i, out var rune) && !PlainText.IsNoncharacter(rune);
            yield return (rune, sound);
            i += sound ? rune.Utf16SequenceLength : 1;
        }
    }

    private static int CountRunes(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
