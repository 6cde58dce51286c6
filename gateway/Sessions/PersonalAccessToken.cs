using System.Text.RegularExpressions;

namespace Chat.Gateway.Sessions;

/// <summary>
/// The long-lived tokens of scripts and bots, <c>Authorization: Bearer chat_pat_…</c>. They end at this door: exchanged or refused, but never passed on.
/// </summary>
internal static partial class PersonalAccessToken
{
    private const string Prefix = "chat_pat_";

    /// <summary>Whether one was sent, in whatever spelling.</summary>
    public static bool IsSent(HttpRequest request) =>
        request.Headers.Authorization.Any(value => value?.Contains(Prefix, StringComparison.OrdinalIgnoreCase) is true);

    /// <summary>The token to exchange, or null when there is none that could be genuine.</summary>
    public static string? Read(HttpRequest request) =>
        request.Headers.Authorization is [{ } value] && Form.Match(value) is { Success: true } match ? match.Groups["token"].Value : null;

    // Room for whatever number of random bits identity may choose, from 119 (20 characters) up, and no more.
    [GeneratedRegex(@"\A(?i:bearer) +(?<token>" + Prefix + @"[0-9A-Za-z]{20,100})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form { get; }
}
