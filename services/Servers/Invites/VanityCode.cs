using System.Buffers;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;

namespace Chat.Servers.Invites;

/// <summary>The rule for the names that public servers choose for their invite links: 3 to 32 of a-z, 0-9 and hyphens, in any case, kept in lower case.</summary>
internal static class VanityCode
{
    public const int MinLength = 3;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    // What would look like a page of the site, or as if it spoke for it.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "about", "abuse", "account", "accounts", "admin", "administrator", "api", "app", "auth", "billing", "blog", "bot", "bots", "call", "calls", "channel", "channels",
        "chat", "contact", "dashboard", "dev", "developer", "developers", "discover", "discovery", "docs", "download", "everyone", "explore", "friends", "help", "here",
        "home", "invite", "invites", "join", "legal", "login", "logout", "mail", "me", "media", "messages", "mod", "moderator", "new", "news", "null", "oauth", "official",
        "owner", "privacy", "register", "root", "safety", "search", "security", "server", "servers", "settings", "sign-in", "sign-up", "signin", "signup", "staff",
        "status", "support", "system", "team", "template", "templates", "terms", "undefined", "uploads", "user", "users", "verify", "webhook", "webhooks", "www",
    };

    /// <summary>Checks one.</summary>
    /// <param name="input">As given.</param>
    /// <param name="code">As kept, when there is no error.</param>
    public static FieldError? Check(string? input, out string code)
    {
        code = "";
        if (input is null)
        {
            return Error("required", "A code is required.");
        }

        // Before anything becomes lower case: other letters of Unicode would become these.
        if (input.AsSpan().ContainsAnyExcept(Allowed))
        {
            return Error("invalid_characters", "Letters a-z, digits and hyphens only.");
        }

        if (input.Length < MinLength)
        {
            return Error("too_short", $"At least {MinLength} characters.");
        }

        if (input.Length > Server.MaxVanityLength)
        {
            return Error("too_long", $"At most {Server.MaxVanityLength} characters.");
        }

        if (input[0] == '-' || input[^1] == '-')
        {
            return Error("invalid", "It neither begins nor ends with a hyphen.");
        }

        code = input.ToLowerInvariant();
        return Reserved.Contains(code) ? Error("reserved", "This word is reserved.") : null;
    }

    private static FieldError Error(string code, string message) => new("code", code, message);
}
