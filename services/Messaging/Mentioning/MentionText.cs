using System.Text.RegularExpressions;
using Chat.Messaging.Text;

namespace Chat.Messaging.Mentioning;

/// <summary>Whom and what a text names, whether that is allowed or not, each once.</summary>
internal sealed record MentionText(IReadOnlyList<Guid> Users, IReadOnlyList<Guid> Roles, IReadOnlyList<Guid> Channels, bool Everyone, bool Here)
{
    /// <summary>Of each kind.</summary>
    public const int Max = 50;

    private static readonly MentionText None = new([], [], [], false, false);

    public bool Any => this != None;

    /// <summary>Whether there are more of a kind than a message may have.</summary>
    public bool TooMany => Users.Count > Max || Roles.Count > Max || Channels.Count > Max;

    /// <summary>
    /// Finds <c>&lt;@id&gt;</c> (a user), <c>&lt;@&amp;id&gt;</c> (a role), <c>&lt;#id&gt;</c> (a channel), <c>@everyone</c> and <c>@here</c>, outside of code and not behind a backslash.
    /// The two words stand alone: not in an address of mail.
    /// </summary>
    public static MentionText Find(string text)
    {
        if (!text.Contains('@', StringComparison.Ordinal) && !text.Contains("<#", StringComparison.Ordinal))
            return None;

        List<Guid> users = [], roles = [], channels = [];
        var (everyone, here) = (false, false);
        foreach (var range in Prose.Of(text))
        {
            var (start, _) = range.GetOffsetAndLength(text.Length);
            foreach (Match match in MentionPatterns.Mention().Matches(text[range]))
            {
                if (Prose.Escaped(text, start + match.Index))
                    continue;
                everyone |= match.Value == "@everyone";
                here |= match.Value == "@here";
                if (Guid.TryParseExact(match.Groups["id"].ValueSpan, "D", out var id))
                    AddOnce(match.Value[1..3] switch { "@&" => roles, ['@', _] => users, _ => channels }, id);
            }
        }

        return users.Count + roles.Count + channels.Count == 0 && !everyone && !here ? None : new MentionText(users, roles, channels, everyone, here);
    }

    private static void AddOnce(List<Guid> ids, Guid id)
    {
        if (!ids.Contains(id))
            ids.Add(id);
    }
}

internal static partial class MentionPatterns
{
    [GeneratedRegex(@"<(?:@&?|#)(?<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})>|(?<![\w@.])@(?:everyone|here)(?!\w)", RegexOptions.CultureInvariant)]
    public static partial Regex Mention();
}
