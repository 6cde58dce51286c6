using System.Diagnostics.CodeAnalysis;
using Chat.Identity.Accounts;
using Chat.ServiceDefaults;

namespace Chat.Identity.Passwords;

/// <summary>
/// Which passwords may be set (NIST SP 800-63B-4, 3.1.1.2): 8 to 128 characters of any kind, not one that many people have, and not one that is made of words that
/// belong to this account or service.
/// </summary>
internal sealed class PasswordRules(CommonPasswords common)
{
    private const string ServiceName = "chat";

    // Too few to guess: a year, an exclamation mark.
    private const int MostBesides = 4;

    // A shorter word is found in passwords by chance.
    private const int ShortestWord = 3;

    /// <summary>Adds what is wrong to <paramref name="errors"/>; true when nothing is.</summary>
    /// <param name="field">The password's name in the request.</param>
    /// <param name="words">What belongs to the account: see <see cref="WordsOf(Account)"/>.</param>
    public bool Check(string field, [NotNullWhen(true)] string? password, IEnumerable<string> words, ICollection<FieldError> errors)
    {
        var error = Refuse(field, password, words);
        if (error is null && password is not null)
            return true;

        if (error is not null)
            errors.Add(error);
        return false;
    }

    /// <summary>The words that whoever knows the account would try.</summary>
    public static IEnumerable<string> WordsOf(string? username, string? displayName, string? email) =>
        new[] { username, displayName, email, EmailAddress.TryParse(email, out var address) ? EmailAddress.LocalPart(address) : null }.OfType<string>();

    public static IEnumerable<string> WordsOf(Account account) => WordsOf(account.UserName, account.DisplayName, account.Email);

    private FieldError? Refuse(string field, string? password, IEnumerable<string> words)
    {
        if (string.IsNullOrEmpty(password))
            return new FieldError(field, "required", "A password is required.");
        if (Password.IsTooLong(password))
            return new FieldError(field, "too_long", $"A password has at most {Password.MaxLength} characters.");
        if (Password.IsTooShort(password))
            return new FieldError(field, "too_short", $"A password has at least {Password.MinLength} characters.");
        if (common.Contains(password))
            return new FieldError(field, "too_common", "Many people have chosen this password: it is among the first that are tried.");
        return IsMadeOf(password, words)
            ? new FieldError(field, "too_obvious", $"A password is more than your name or address, or the name of this service, with up to {MostBesides} characters.")
            : null;
    }

    /// <summary>Whether at most a few characters remain when the words are taken out.</summary>
    private static bool IsMadeOf(string password, IEnumerable<string> words)
    {
        var rest = CommonPasswords.Fold(password);
        var before = rest.Length;
        foreach (var word in words.Append(ServiceName).Select(CommonPasswords.Fold).Where(word => word.Length >= ShortestWord).OrderByDescending(word => word.Length))
            rest = rest.Replace(word, "", StringComparison.Ordinal);
        return rest.Length < before && rest.Length <= MostBesides;
    }
}
