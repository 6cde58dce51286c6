using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Chat.Messaging.Reactions;

/// <summary>
/// The emoji that Unicode recommends for general interchange (RGI), by the data file <c>emoji.txt</c> beside this one: those that people's devices show as one picture.
/// </summary>
internal static class Emoji
{
    /// <summary>Variation selector 16: the character before it is shown as a picture. Keyboards leave it out here and there; which emoji is meant does not depend on it.</summary>
    private const char Presentation = '\uFE0F';

    private static readonly FrozenDictionary<string, string> Qualified = Load();

    /// <summary>The one emoji that the text is, fully qualified: <c>❤</c> and <c>❤️</c> are the same. Null when it is anything else. Skin tones make emoji of their own.</summary>
    public static string? Normalise(string text) =>
        text.Length is 0 or > ReactionRow.MaxEmojiLength || text[0] == Presentation || text.Contains($"{Presentation}{Presentation}", StringComparison.Ordinal)
            ? null
            : Qualified.GetValueOrDefault(Bare(text));

    private static string Bare(string text) => text.Replace($"{Presentation}", "", StringComparison.Ordinal);

    private static FrozenDictionary<string, string> Load()
    {
        using var file = typeof(Emoji).Assembly.GetManifestResourceStream("emoji.txt") ?? throw new InvalidOperationException("The list of emoji is not in the assembly.");
        using var lines = new StreamReader(file, Encoding.UTF8);
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        while (lines.ReadLine() is { } line)
        {
            if (line is [] or ['#', ..])
                continue;
            var emoji = string.Concat(line.Split(' ').Select(point => char.ConvertFromUtf32(int.Parse(point, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
            known.Add(Bare(emoji), emoji);
        }

        return known.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
