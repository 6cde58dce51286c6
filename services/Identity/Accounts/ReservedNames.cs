using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Accounts;

/// <summary>
/// Usernames that would speak for the installation, mean everybody, or be taken for a route or a mailbox with a meaning (RFC 2142). Those in <c>Accounts:ReservedNames</c> besides.
/// </summary>
internal sealed class ReservedNames(IOptions<AccountOptions> options)
{
    /// <summary>How the usernames of erased accounts begin.</summary>
    public const string ErasedPrefix = "deleted_";

    private static readonly string[] BuiltIn =
    [
        "abuse", "admin", "administration", "administrator", "administrators", "admins", "all", "anonymous", "anyone", "api", "auth", "bot", "bots", "channel", "chat", "deleted",
        "deleteduser", "everybody", "everyone", "guest", "help", "helpdesk", "here", "hostmaster", "info", "mailerdaemon", "me", "mod", "moderation", "moderator", "moderators", "mods",
        "myself", "nobody", "noc", "noreply", "null", "official", "online", "owner", "postmaster", "root", "security", "self", "server", "service", "staff", "superuser", "support",
        "sysadmin", "system", "team", "undefined", "unknown", "user", "username", "users", "webmaster",
    ];

    private readonly FrozenSet<string> _names = BuiltIn.Concat(options.Value.ReservedNames.Select(Plain)).Where(name => name.Length > 0).ToFrozenSet(StringComparer.Ordinal);

    /// <param name="username">As stored. Separators do not make another name of it: <c>_ad.min_</c>.</param>
    public bool Contains(string username) => username.StartsWith(ErasedPrefix, StringComparison.Ordinal) || _names.Contains(Plain(username));

    private static string Plain(string username) => username.ToLowerInvariant().Replace("_", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
}
