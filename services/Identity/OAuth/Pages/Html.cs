using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Chat.Identity.OAuth.Pages;

/// <summary>Markup. Made from interpolated strings: what stands in the holes is encoded, unless it is markup itself, so that nobody can forget to.</summary>
internal sealed record Html(string Text)
{
    public static Html Empty { get; } = new("");

    public static Html Of(ref Markup markup) => new(markup.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part.Text)));

    public override string ToString() => Text;
}

[InterpolatedStringHandler]
internal readonly ref struct Markup(int literalLength, int formattedCount)
{
    private readonly StringBuilder _text = new(literalLength + 16 * formattedCount);

    public void AppendLiteral(string literal) => _text.Append(literal);

    public void AppendFormatted(string? value) => _text.Append(HtmlEncoder.Default.Encode(value ?? ""));

    public void AppendFormatted(Html markup) => _text.Append(markup.Text);

    public override string ToString() => _text.ToString();
}
