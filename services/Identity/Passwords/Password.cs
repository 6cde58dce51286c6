using System.Text;

namespace Chat.Identity.Passwords;

/// <summary>The rule for passwords: 8 to 128 characters (Unicode code points) of any kind.</summary>
internal static class Password
{
    public const int MinLength = 8;
    public const int MaxLength = 128;

    public static bool IsTooShort(string password) => password.EnumerateRunes().Count() < MinLength;

    // A code point is one or two UTF-16 units: longer text is refused before anything counts it.
    public static bool IsTooLong(string password) =>
        password.Length > 2 * MaxLength || password.EnumerateRunes().Count() > MaxLength;

    /// <summary>One password typed on two keyboards can be two code point sequences; NFKC makes them one (NIST SP 800-63B, 5.1.1.2).</summary>
    // U+FFFE is the one code point that normalising throws at.
    public static string Normalise(string password) => password.Contains('\uFFFE', StringComparison.Ordinal) ? password : password.Normalize(NormalizationForm.FormKC);
}
