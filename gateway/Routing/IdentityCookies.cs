using Microsoft.Extensions.Primitives;

namespace Chat.Gateway.Routing;

/// <summary>
/// The few cookies that identity itself reads: that of a known device, and those that carry a sign-in with another provider across its redirects.
/// They are picked by name and written anew; the session cookie is none of them.
/// </summary>
internal static class IdentityCookies
{
    private const string Device = "chat_device";
    private const string ExternalPrefix = "chat_external";

    /// <summary>The header's value for identity, or null when no cookie of the request is meant for it.</summary>
    public static string? From(StringValues headers)
    {
        var kept = headers
            .SelectMany(header => header?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
            .Where(IsForIdentity);
        return string.Join("; ", kept) is { Length: > 0 } value ? value : null;
    }

    private static bool IsForIdentity(string pair)
    {
        var end = pair.IndexOf('=', StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var name = pair.AsSpan(0, end);
        return (name is Device || (name.StartsWith(ExternalPrefix, StringComparison.Ordinal) && IsPlainName(name))) && IsPlainValue(pair.AsSpan(end + 1));
    }

    private static bool IsPlainName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>cookie-octet of RFC 6265, 4.1.1. A comma or a quote could make the next reader see a further cookie in the value.</summary>
    private static bool IsPlainValue(ReadOnlySpan<char> value)
    {
        foreach (var c in value)
        {
            if (c is <= ' ' or >= '\x7f' or '"' or ',' or ';' or '\\')
            {
                return false;
            }
        }

        return true;
    }
}
