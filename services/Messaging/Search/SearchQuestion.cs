using System.Globalization;

namespace Chat.Messaging.Search;

/// <summary>What is looked for: words, and operators that stand among them. Everything has to hold.</summary>
/// <param name="Words">Folded. Each has to be in the text: as a word, or the beginning of one.</param>
/// <param name="Phrases">Folded; each in the text as it is, in the order of its words.</param>
/// <param name="Excluded">Folded words that must not be there.</param>
/// <param name="From">Of whom: ids or user names.</param>
/// <param name="In">Where: ids or names of channels.</param>
/// <param name="Mentions">Whom it mentions: ids or user names.</param>
/// <param name="Has">What it has.</param>
/// <param name="After">Sent then or later.</param>
/// <param name="Before">Sent earlier.</param>
/// <param name="Pinned">Whether it is pinned; null: either.</param>
internal sealed record SearchQuestion(
    IReadOnlyList<string> Words,
    IReadOnlyList<string> Phrases,
    IReadOnlyList<string> Excluded,
    IReadOnlyList<string> From,
    IReadOnlyList<string> In,
    IReadOnlyList<string> Mentions,
    SearchTraits Has,
    DateTimeOffset? After,
    DateTimeOffset? Before,
    bool? Pinned)
{
    public const int MaxLength = 300;
    public const int MaxTerms = 10;

    /// <summary>Whether it asks for anything at all.</summary>
    public bool IsEmpty => !HasText && From.Count + Mentions.Count == 0 && Has == SearchTraits.None && After is null && Before is null && Pinned is null && In.Count == 0;

    private bool HasText => Words.Count + Phrases.Count > 0;

    /// <summary>The same, asked by somebody who is <c>@me</c> in it.</summary>
    public SearchQuestion As(Guid user)
    {
        return this with { From = [.. From.Select(Named)], Mentions = [.. Mentions.Select(Named)] };

        string Named(string name) => name == "@me" ? user.ToString() : name.TrimStart('@');
    }
}

/// <summary>Reads questions: <c>word "a phrase" -without from:ann in:general mentions:ben has:link before:2026-01-31 after:2026-01-01 pinned:true</c>.</summary>
internal sealed class SearchQuestionParser
{
    private readonly List<string> _words = [], _phrases = [], _excluded = [], _from = [], _in = [], _mentions = [], _errors = [];
    private SearchTraits _has;
    private DateTimeOffset? _after, _before;
    private bool? _pinned;

    /// <summary>Codes of what is wrong so far.</summary>
    public IReadOnlyList<string> Errors => _errors;

    public SearchQuestion Question => new(_words, _phrases, _excluded, _from, _in, _mentions, _has, _after, _before, _pinned);

    /// <summary>Reads what was typed. An operator that does not exist is a word.</summary>
    public void Read(string text)
    {
        foreach (var (token, quoted) in Tokens(text))
        {
            var colon = quoted ? -1 : token.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && colon < token.Length - 1 && Operator(token[..colon].ToLowerInvariant(), token[(colon + 1)..].Trim('"')))
                continue;
            if (quoted)
                Add(_phrases, token);
            else if (token.StartsWith('-') && token.Length > 1)
                Add(_excluded, token[1..]);
            else
                Add(_words, token);
        }

        if (_words.Count + _phrases.Count + _excluded.Count + _from.Count + _in.Count + _mentions.Count > SearchQuestion.MaxTerms)
            _errors.Add("too_many_terms");
    }

    /// <summary>An operator given by itself; false when there is no such operator.</summary>
    public bool Operator(string name, string value)
    {
        switch (name)
        {
            case "from":
                _from.Add(value.ToLowerInvariant());
                return true;
            case "in":
                _in.Add(value.TrimStart('#'));
                return true;
            case "mentions":
                _mentions.Add(value.ToLowerInvariant());
                return true;
            case "has":
                return Has(value);
            case "before":
                _before = Time(value);
                return true;
            case "after":
                _after = Time(value);
                return true;
            case "pinned":
                _pinned = bool.TryParse(value, out var pinned) ? pinned : Wrong<bool?>("invalid_pinned");
                return true;
            default:
                return false;
        }
    }

    private bool Has(string value)
    {
        var trait = value.ToLowerInvariant() switch
        {
            "link" => SearchTraits.Link,
            "file" => SearchTraits.File,
            "image" => SearchTraits.Image,
            "poll" => SearchTraits.Poll,
            _ => Wrong<SearchTraits>("invalid_has"),
        };
        _has |= trait;
        return true;
    }

    private DateTimeOffset? Time(string value) =>
        DateTimeOffset.TryParseExact(value, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.fffK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
        && time >= DateTimeOffset.UnixEpoch
            ? time
            : Wrong<DateTimeOffset?>("invalid_time");

    private T? Wrong<T>(string code)
    {
        _errors.Add(code);
        return default;
    }

    private static void Add(List<string> terms, string raw)
    {
        var term = Folding.Fold(raw).Trim();
        if (term.Length > 0 && !terms.Contains(term))
            terms.Add(term);
    }

    /// <summary>Parts between white space; what stands in quotation marks is one part.</summary>
    private static IEnumerable<(string Token, bool Quoted)> Tokens(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var quoted = text[i] == '"';
            var start = quoted ? i + 1 : i;
            var end = quoted ? text.IndexOf('"', start) : EndOfToken(text, start);
            end = end < 0 ? text.Length : end;
            if (end > start)
                yield return (text[start..end], quoted);
            i = end + (quoted ? 1 : 0);
        }
    }

    // An operator's value may be quoted: in:"a name".
    private static int EndOfToken(string text, int start)
    {
        var inQuotes = false;
        for (var i = start; i < text.Length; i++)
        {
            inQuotes ^= text[i] == '"';
            if (!inQuotes && char.IsWhiteSpace(text[i]))
                return i;
        }

        return text.Length;
    }
}
