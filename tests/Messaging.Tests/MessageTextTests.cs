using Chat.Messaging.Text;

namespace Chat.Messaging.Tests;

public sealed class MessageTextTests
{
    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("  hello \n", "hello")]
    [InlineData("a\r\nb\tc", "a\nb\tc")]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("👩‍👩‍👧", "👩‍👩‍👧")]
    [InlineData("مرحبا שלום", "مرحبا שלום")]
    public void Text_is_trimmed_and_composed(string raw, string stored) => Assert.Equal((stored, null, null), MessageText.Normalise(raw));

    [Theory]
    [InlineData("", "required")]
    [InlineData(" \t\n ", "required")]
    [InlineData("\u200b\u200d\ufeff", "required")]
    [InlineData("\u3164\u2800 \ufe0f", "required")]
    [InlineData("a\0b", "control_character")]
    [InlineData("a\u001b[31m", "control_character")]
    [InlineData("a\rb", "control_character")]
    [InlineData("a\u0085b", "control_character")]
    [InlineData("a\ufffeb", "invalid_text")]
    public void Text_that_cannot_be_shown_is_refused(string raw, string code) => Assert.Equal(code, MessageText.Normalise(raw).Code);

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => Assert.Equal("invalid_text", MessageText.Normalise("a" + (char)0xD83D + "b").Code);

    [Theory]
    [InlineData("a", 4000, true)]
    [InlineData("a", 4001, false)]
    [InlineData("😀", 4000, true)]
    [InlineData("😀", 4001, false)]
    [InlineData("e\u0301", 4000, true)]
    [InlineData("e\u0301", 4001, false)]
    [InlineData("\u1112\u1161\u11ab", 4000, true)]
    [InlineData("a", 1_000_000, false)]
    public void Length_counts_code_points_after_composition(string unit, int times, bool fits)
    {
        var (text, code, _) = MessageText.Normalise(string.Concat(Enumerable.Repeat(unit, times)));

        Assert.Equal(fits, text is not null);
        Assert.Equal(fits ? null : "too_long", code);
    }
}
