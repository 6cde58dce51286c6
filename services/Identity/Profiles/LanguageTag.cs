using System.Globalization;
using System.Text.RegularExpressions;
using Chat.Identity.Accounts;

namespace Chat.Identity.Profiles;

/// <summary>The rule for languages: language, script, region and variants of BCP 47 (RFC 5646, 2.1), in its usual case; the language must be known. No extensions or private use.</summary>
internal static partial class LanguageTag
{
    public static bool TryParse(string text, out string? tag)
    {
        tag = null;
        if (text.Length > AccountConfiguration.MaxLocaleLength || Form().Match(text) is not { Success: true } parts || !IsKnown(parts.Groups["language"].Value))
            return false;

        var variants = parts.Groups["variant"].Captures.Select(capture => capture.Value.ToLowerInvariant()).ToList();
        if (variants.Distinct(StringComparer.Ordinal).Count() < variants.Count)
            return false;

        string[] all =
        [
            parts.Groups["language"].Value.ToLowerInvariant(),
            CultureInfo.InvariantCulture.TextInfo.ToTitleCase(parts.Groups["script"].Value.ToLowerInvariant()),
            parts.Groups["region"].Value.ToUpperInvariant(),
            .. variants,
        ];
        tag = string.Join('-', all.Where(part => part.Length > 0));
        return true;
    }

    private static bool IsKnown(string language)
    {
        try
        {
            return CultureInfo.GetCultureInfo(language, predefinedOnly: true).Name.Length > 0;
        }
        catch (CultureNotFoundException)
        {
            return false;
        }
    }

    [GeneratedRegex(
        @"^(?<language>[a-z]{2,3})(-(?<script>[a-z]{4}))?(-(?<region>[a-z]{2}|[0-9]{3}))?(-(?<variant>[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
