using System.Diagnostics.CodeAnalysis;

namespace Chat.Identity.OAuth;

/// <summary>What clients can ask for. Which routes a scope of the API opens is said by the routes; those of OpenID Connect decide what userinfo tells.</summary>
internal static class OAuthScopes
{
    public const string OpenId = "openid";
    public const string Profile = "profile";
    public const string Email = "email";
    public const string OfflineAccess = "offline_access";

    private const int MaxLength = 512;

    /// <summary>In the order of the consent page, in the words of the person who is asked.</summary>
    private static readonly (string Name, string Meaning)[] Known =
    [
        (OpenId, "Know which account is yours"),
        (Profile, "See your profile: name, username, language and time zone"),
        (Email, "See your e-mail address"),
        ("account:read", "See your account's details"),
        ("servers:read", "See the servers you are in, their channels and members"),
        ("servers:write", "Create, join, change and leave servers for you"),
        ("messages:read", "Read every message that you can read"),
        ("messages:write", "Send messages as you"),
        ("friends:read", "See your friends, friend requests and whom you block"),
        ("friends:write", "Make and end friendships, and block people, for you"),
        (OfflineAccess, "Stay connected when you are not using it, until you disconnect it"),
    ];

    public static IReadOnlyList<string> All { get; } = [.. Known.Select(scope => scope.Name)];

    public static bool IsKnown(string scope) => All.Contains(scope, StringComparer.Ordinal);

    /// <summary>Whether a scope is about the API, not about who the person is.</summary>
    public static bool IsOfApi(string scope) => scope.Contains(':', StringComparison.Ordinal);

    public static string Meaning(string scope) => Known.First(known => known.Name == scope).Meaning;

    /// <summary>Reads the parameter: names separated by single spaces (RFC 6749, 3.3). Known ones only, each once, in our order.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out IReadOnlyList<string>? scopes)
    {
        scopes = null;
        if (text is null or { Length: > MaxLength })
            return false;

        var names = text.Split(' ').ToHashSet(StringComparer.Ordinal);
        if (!names.All(IsKnown))
            return false;

        scopes = InOrder(names);
        return true;
    }

    public static IReadOnlyList<string> InOrder(IEnumerable<string> scopes)
    {
        var set = scopes.ToHashSet(StringComparer.Ordinal);
        return [.. All.Where(set.Contains)];
    }
}
