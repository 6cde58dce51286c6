using Chat.Messaging.Mentioning;
using Chat.Messaging.Text;

namespace Chat.Messaging.Tests;

/// <summary>What is read out of a text: the prose outside code, links, mentions.</summary>
public sealed class TextPartsTests
{
    private const string Ann = "01890000-0000-7000-8000-00000000000a";
    private const string Ben = "01890000-0000-7000-8000-00000000000b";

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a `code` b", "a | b")]
    [InlineData("a ``with ` inside`` b", "a | b")]
    [InlineData("```\nblock\n``` b", "| b")]
    [InlineData("a ` alone", "a ` alone")]
    [InlineData("a `` and ` b", "a `` and ` b")]
    [InlineData(@"a \`no code\` b", @"a \`no code\` b")]
    [InlineData("`", "`")]
    [InlineData("", "")]
    [InlineData(@"ends in \", @"ends in \")]
    public void Prose_is_what_is_not_code(string text, string prose) => Assert.Equal(prose, string.Join('|', Prose.Of(text).Select(range => text[range])));

    [Theory]
    [InlineData("see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d")]
    [InlineData("(https://example.org/a_(b))", "https://example.org/a_(b)")]
    [InlineData("<https://example.org/x> and HTTP://EXAMPLE.ORG", "https://example.org/x HTTP://EXAMPLE.ORG")]
    [InlineData("https://example.org https://example.org", "https://example.org")]
    [InlineData("`https://example.org`", null)]
    [InlineData("ftp://example.org javascript://x https:// http://", null)]
    [InlineData("https://exämple.org/ü!", "https://exämple.org/ü")]
    [InlineData("no link", null)]
    public void Links_are_found_without_the_sentence_around_them(string text, string? links) => Assert.Equal(links, Links.Find(text) is { } found ? string.Join(' ', found) : null);

    [Fact]
    public void No_more_links_are_kept_than_a_message_may_have() =>
        Assert.Equal(Links.Max, Links.Find(string.Join(' ', Enumerable.Range(0, 50).Select(i => $"https://example.org/{i}")))?.Count);

    [Theory]
    [InlineData($"hello <@{Ann}> and <@{Ben}>, <@{Ann}>", "user a user b")]
    [InlineData($"<@&{Ann}> <#{Ben}>", "role a channel b")]
    [InlineData("@everyone and @here!", "everyone here")]
    [InlineData("mail@everyone.org @everyones x@here", "")]
    [InlineData($"`<@{Ann}>` ```@here``` \\<@{Ann}> \\@everyone", "")]
    [InlineData("<@not-an-id> <@> @ <#", "")]
    [InlineData($"\\\\<@{Ann}>", "user a")]
    public void Mentions_are_found_outside_of_code(string text, string expected)
    {
        var found = MentionText.Find(text);

        Assert.Equal(expected, string.Join(' ', (string[])
        [
            .. found.Users.Select(id => $"user {id.ToString()[^1]}"), .. found.Roles.Select(id => $"role {id.ToString()[^1]}"), .. found.Channels.Select(id => $"channel {id.ToString()[^1]}"),
            .. found.Everyone ? ["everyone"] : Array.Empty<string>(), .. found.Here ? ["here"] : Array.Empty<string>(),
        ]));
        Assert.Equal(expected.Length > 0, found.Any);
    }

    [Fact]
    public void Hostile_text_is_read_in_a_moment()
    {
        foreach (var unit in (string[])["`", "``` ", "` ``", "<@", "https://", "((((", @"\`"])
        {
            var text = string.Concat(Enumerable.Repeat(unit, 4000 / unit.Length));
            Assert.False(MentionText.Find(text + "@x").Any);
            Assert.Null(Links.Find(text));
        }
    }
}
