using System.Diagnostics.CodeAnalysis;

namespace Chat.Identity.Accounts;

/// <summary>The rule for usernames: 2 to 32 of <c>a-z 0-9 _ .</c>; upper case is accepted and stored as lower case.</summary>
internal static class Username
{
    public const int MinLength = 2;
    public const int MaxLength = 32;

    public static bool TryParse(string? text, [NotNullWhen(true)] out string? username)
    {
        username = null;
        if (text is null || text.Length is < MinLength or > MaxLength)
            return false;

        // Checked before lowering: U+212A KELVIN SIGN, for one, lowers to an ASCII k.
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.'))
                return false;
        }

        username = text.ToLowerInvariant();
        return true;
    }
}
