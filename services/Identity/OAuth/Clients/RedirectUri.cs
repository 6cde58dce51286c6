using System.Text.RegularExpressions;

namespace Chat.Identity.OAuth.Clients;

/// <summary>
/// Where codes are sent to: https, http on the same machine (RFC 8252, 7.3), or a scheme of an installed app, which has a dot as it is a domain turned around (7.1).
/// They are compared as text (RFC 9700, 2.1); only the port of a loopback address may differ, as an app takes the one that is free.
/// </summary>
internal static partial class RedirectUri
{
    public const int MaxLength = 512;

    public static bool IsValid(string? text) =>
        text is { Length: > 0 and <= MaxLength }
        && text.All(c => c is > ' ' and < '\x7f' and not ('"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}'))
        && !text.Contains('#', StringComparison.Ordinal)
        && !text.Contains('*', StringComparison.Ordinal)
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0
        && HasAllowedScheme(text, uri);

    /// <summary>Whether what a request names is what the client has registered.</summary>
    public static bool Matches(string registered, string requested) =>
        string.Equals(registered, requested, StringComparison.Ordinal) || (IsValid(requested) && WithoutPort(registered) is { } address && address == WithoutPort(requested));

    /// <summary>Whether only one party can receive what is sent there: anybody may listen on loopback or claim an app's scheme (RFC 8252, 8.6).</summary>
    public static bool NamesItsOwner(string uri) => uri.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static bool HasAllowedScheme(string text, Uri uri) => uri.Scheme switch
    {
        "https" => text.StartsWith("https://", StringComparison.Ordinal) && uri.Host.Length > 0,
        "http" => text.StartsWith("http://", StringComparison.Ordinal) && uri.Host is "127.0.0.1" or "[::1]" or "localhost",
        var scheme => scheme.Contains('.', StringComparison.Ordinal) && text.StartsWith(scheme + ":", StringComparison.Ordinal),
    };

    private static string? WithoutPort(string uri) => LoopbackAddress().Match(uri) is { Success: true } match ? match.Groups["host"].Value + match.Groups["rest"].Value : null;

    // The literal addresses only: localhost may be resolved to somewhere else (RFC 8252, 8.3).
    [GeneratedRegex(@"^http://(?<host>127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?(?<rest>([/?].*)?)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex LoopbackAddress();
}
