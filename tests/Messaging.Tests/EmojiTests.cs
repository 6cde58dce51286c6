using Chat.Messaging.Reactions;

namespace Chat.Messaging.Tests;

public sealed class EmojiTests
{
    [Theory]
    [InlineData("😀", "😀")]
    [InlineData("\u2764", "\u2764\uFE0F")]
    [InlineData("\u2764\uFE0F", "\u2764\uFE0F")]
    [InlineData("\u00A9", "\u00A9\uFE0F")]
    [InlineData("👍", "👍")]
    [InlineData("👍🏽", "👍🏽")]
    [InlineData("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦")]
    [InlineData("\U0001F3F3\u200D\U0001F308", "\U0001F3F3\uFE0F\u200D\U0001F308")]
    [InlineData("\U0001F3F3\uFE0F\u200D\U0001F308", "\U0001F3F3\uFE0F\u200D\U0001F308")]
    [InlineData("🇩🇪", "🇩🇪")]
    [InlineData("🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿")]
    [InlineData("1\u20E3", "1\uFE0F\u20E3")]
    [InlineData("#\uFE0F\u20E3", "#\uFE0F\u20E3")]
    [InlineData("\U0001FAEA", "\U0001FAEA")]
    public void One_emoji_is_taken_fully_qualified(string text, string qualified) => Assert.Equal(qualified, Emoji.Normalise(text));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a")]
    [InlineData("1")]
    [InlineData("#")]
    [InlineData("→")]
    [InlineData("\uFE0F")]
    [InlineData("\uFE0F\u2764")]
    [InlineData("\u2764\uFE0F\uFE0F")]
    [InlineData("\u2764\uFE0E")]
    [InlineData("😀😀")]
    [InlineData("😀 ")]
    [InlineData("🇩")]
    [InlineData("🇽🇽")]
    [InlineData("\u200D")]
    [InlineData("👨‍")]
    [InlineData("\ud83d")]
    [InlineData(":smile:")]
    public void Anything_else_is_none(string text) => Assert.Null(Emoji.Normalise(text));

    [Fact]
    public void A_long_text_is_none() => Assert.Null(Emoji.Normalise(string.Concat(Enumerable.Repeat("😀", 5000))));
}
