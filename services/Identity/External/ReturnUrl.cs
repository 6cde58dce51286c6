using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.WebUtilities;

namespace Chat.Identity.External;

/// <summary>Where a browser goes after it has been at a provider: a path of this site and nothing else.</summary>
internal static class ReturnUrl
{
    public const int MaxLength = 512;

    private const string OutcomeName = "external";
    private const string CodeName = "code";

    /// <summary>
    /// A path as the address bar has it: visible ASCII. <c>//host</c> and <c>/\host</c> would lead to another site, and browsers leave tabs and line breaks out before they read an address.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out string? path)
    {
        path = null;
        if (text is not { Length: > 0 and <= MaxLength } || text[0] != '/' || text.Any(c => c is <= ' ' or >= '\x7f' or '\\'))
            return false;

        // Also further on: dot segments before it may vanish.
        var end = text.AsSpan().IndexOfAny('?', '#');
        if (text.AsSpan(0, end < 0 ? text.Length : end).Contains("//", StringComparison.Ordinal))
            return false;

        path = text;
        return true;
    }

    /// <summary>The path with how it went: <c>?external=error&amp;code=access_denied</c>. What an earlier try has left there goes.</summary>
    public static string With(string path, SignInOutcome outcome)
    {
        var url = QueryHelpers.AddQueryString(WithoutOutcome(path), OutcomeName, outcome.Result);
        return outcome.Code is null ? url : QueryHelpers.AddQueryString(url, CodeName, outcome.Code);
    }

    private static string WithoutOutcome(string path)
    {
        var fragment = path.IndexOf('#', StringComparison.Ordinal);
        var end = fragment < 0 ? path.Length : fragment;
        var query = path.IndexOf('?', StringComparison.Ordinal);
        if (query < 0 || query > end)
            return path;

        var pairs = path[(query + 1)..end].Split('&');
        if (!pairs.Any(pair => Names(pair, OutcomeName)))
            return path;

        var kept = string.Join('&', pairs.Where(pair => !Names(pair, OutcomeName) && !Names(pair, CodeName)));
        return path[..query] + (kept.Length > 0 ? "?" + kept : "") + path[end..];
    }

    private static bool Names(string pair, string name) => pair == name || pair.StartsWith(name + "=", StringComparison.Ordinal);
}

/// <summary>How a sign-in with a provider went, as the page that the browser returns to is told.</summary>
/// <param name="Code">Why not.</param>
internal sealed record SignInOutcome(string Result, string? Code = null)
{
    public static readonly SignInOutcome SignedIn = new("signed_in");
    public static readonly SignInOutcome Linked = new("linked");
    public static readonly SignInOutcome TwoFactorRequired = new("two_factor_required");
    public static readonly SignInOutcome RegistrationRequired = new("registration_required");

    public static SignInOutcome Error(string code) => new("error", code);
}
