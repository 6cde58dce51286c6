using Chat.Identity.Accounts;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Json;

namespace Chat.Identity.Profiles;

/// <summary><c>PATCH users/@me</c>. A display name that is cleared is the username again.</summary>
internal sealed record ProfileRequest(
    Optional<string?> DisplayName = default,
    Optional<string?> About = default,
    Optional<string?> Pronouns = default,
    Optional<string?> TimeZone = default,
    Optional<string?> Locale = default,
    Optional<string?> Avatar = default,
    Optional<string?> Banner = default)
{
    private delegate bool Parser(string text, out string? parsed);

    /// <summary>What to do to the account, or what is wrong.</summary>
    public IReadOnlyList<Action<Account>> Validate(ICollection<FieldError> errors)
    {
        var changes = new List<Action<Account>>();
        Add(DisplayName, "displayName", Accounts.DisplayName.TryParse, $"A display name is 1 to {Accounts.DisplayName.MaxLength} visible characters.", (a, v) => a.DisplayName = v ?? a.UserName ?? "");
        Add(About, "about", Lines, $"At most {AccountConfiguration.MaxAboutLength} visible characters, on any number of lines.", (a, v) => a.About = v);
        Add(Pronouns, "pronouns", Line, $"At most {AccountConfiguration.MaxPronounsLength} visible characters.", (a, v) => a.Pronouns = v);
        Add(TimeZone, "timeZone", TimeZoneName.TryParse, "A time zone of the IANA database, such as Europe/Vienna.", (a, v) => a.TimeZone = v);
        Add(Locale, "locale", LanguageTag.TryParse, "A language tag of BCP 47, such as de-AT.", (a, v) => a.Locale = v);
        Add(Avatar, "avatar", FileId, "The id of a file.", (a, v) => a.Avatar = Parse(v));
        Add(Banner, "banner", FileId, "The id of a file.", (a, v) => a.Banner = Parse(v));
        return changes;

        void Add(Optional<string?> change, string field, Parser parser, string rule, Action<Account, string?> set)
        {
            if (!change.TryGet(out var text))
                return;

            string? value = null;
            if (text is null || parser(text, out value))
                changes.Add(account => set(account, value));
            else
                errors.Add(new FieldError(field, "invalid", rule));
        }
    }

    private static bool Lines(string text, out string? parsed) => VisibleText.TryParse(text, AccountConfiguration.MaxAboutLength, lines: true, out parsed) || IsEmpty(text);

    private static bool Line(string text, out string? parsed) => VisibleText.TryParse(text, AccountConfiguration.MaxPronounsLength, lines: false, out parsed) || IsEmpty(text);

    // An emptied field of a form: cleared.
    private static bool IsEmpty(string text) => text.Length == 0;

    private static bool FileId(string text, out string? parsed) => (parsed = Guid.TryParseExact(text, "D", out _) ? text : null) is not null;

    private static Guid? Parse(string? id) => id is null ? null : Guid.ParseExact(id, "D");
}
