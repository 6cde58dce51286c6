using System.Globalization;
using Chat.Contracts;

namespace Chat.Access;

/// <summary>
/// The keys and values of the read model in Redis. Per server a hash with <c>v</c> (revision), <c>nonce</c> (see <c>PermissionModelWriter</c>), <c>complete</c>, <c>owner</c>,
/// <c>archived</c> (there when it is), <c>m:{user}</c> (role ids joined by commas), <c>t:{user}</c> (timed out until, in milliseconds since 1970), <c>r:{role}</c> (flags as a
/// number, then <c>@</c> when anybody may mention it) and <c>c:{channel}</c> (<c>!</c> when private, then the slow mode's seconds and <c>;</c> when there is one, then overrides
/// <c>target:allow:deny</c> joined by commas); per channel a string that names its server. What earlier versions wrote has no slow mode and nothing mentionable; a reader leaves
/// what it does not understand to servers.
/// </summary>
internal static class PermissionModel
{
    public const string Owner = "owner";
    public const string Archived = "archived";

    private const char PrivateMark = '!';
    private const char SlowModeEnd = ';';
    private const char MentionableMark = '@';

    public static string ServerKey(Guid server) => $"perm:s:{server}";

    public static string ChannelKey(Guid channel) => $"perm:c:{channel}";

    public static string Member(Guid user) => $"m:{user}";

    public static string Timeout(Guid user) => $"t:{user}";

    public static string Role(Guid role) => $"r:{role}";

    public static string Channel(Guid channel) => $"c:{channel}";

    public static string Encode(IEnumerable<Guid> roles) => string.Join(',', roles);

    public static string Encode(Permissions granted) => ((long)granted).ToString(CultureInfo.InvariantCulture);

    /// <summary>A role's value.</summary>
    public static string Encode(Permissions granted, bool mentionable) => Encode(granted) + (mentionable ? MentionableMark.ToString() : "");

    public static string Encode(DateTimeOffset until) => until.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    public static string Encode(ChannelRules rules) =>
        (rules.Private ? PrivateMark.ToString() : "")
        + (rules.SlowMode == 0 ? "" : rules.SlowMode.ToString(CultureInfo.InvariantCulture) + SlowModeEnd)
        + string.Join(',', rules.Overrides.Select(change => $"{change.Target}:{Encode(change.Allow)}:{Encode(change.Deny)}"));

    /// <summary>Reads pairs of a role's id and value, <c>id:value</c>; null when the text is not of this form.</summary>
    public static IReadOnlyList<HeldRole>? DecodeRoles(string text) =>
        Decode<HeldRole>(text, static parts => parts is [var id, var value] && Guid.TryParse(id, out var role) && DecodeRole(value) is var (granted, _)
            ? new HeldRole(role, granted)
            : null);

    /// <summary>Reads a role's value; null when the text is not of this form.</summary>
    public static (Permissions Granted, bool Mentionable)? DecodeRole(string text)
    {
        var mentionable = text.EndsWith(MentionableMark);
        return TryFlags(mentionable ? text[..^1] : text, out var granted) ? (granted, mentionable) : null;
    }

    /// <summary>Reads a member's role ids; null when the text is not of this form.</summary>
    public static IReadOnlyList<Guid>? DecodeMember(string text) => Decode<Guid>(text, static parts => parts is [var id] && Guid.TryParse(id, out var role) ? role : null);

    /// <summary>Reads a channel's rules; null when the text is not of this form.</summary>
    public static ChannelRules? DecodeRules(string text)
    {
        var isPrivate = text.StartsWith(PrivateMark);
        var (slowMode, rest) = (0, isPrivate ? text[1..] : text);
        if (rest.IndexOf(SlowModeEnd, StringComparison.Ordinal) is >= 0 and var end)
        {
            if (!int.TryParse(rest.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out slowMode))
            {
                return null;
            }

            rest = rest[(end + 1)..];
        }

        var overrides = Decode<ChannelOverride>(rest, static parts =>
            parts is [var id, var plus, var minus] && Guid.TryParse(id, out var target) && TryFlags(plus, out var allow) && TryFlags(minus, out var deny)
                ? new ChannelOverride(target, allow, deny)
                : null);
        return overrides is null ? null : new ChannelRules(isPrivate, overrides, slowMode);
    }

    /// <summary>Whether a timeout in this form lasts beyond <paramref name="now"/>; null when the text is not of this form.</summary>
    public static bool? DecodeTimeout(string? text, DateTimeOffset now) =>
        string.IsNullOrEmpty(text) ? false : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var until) ? until > now.ToUnixTimeMilliseconds() : null;

    private static List<T>? Decode<T>(string text, Func<string[], T?> parse) where T : struct
    {
        var items = new List<T>();
        foreach (var entry in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (parse(entry.Split(':')) is not { } item)
            {
                return null;
            }

            items.Add(item);
        }

        return items;
    }

    private static bool TryFlags(string text, out Permissions flags)
    {
        var parsed = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value);
        flags = (Permissions)value;
        return parsed;
    }
}
