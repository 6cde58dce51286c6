using System.Buffers;
using Chat.Identity.Accounts;

namespace Chat.Identity.Profiles;

/// <summary>The rule for time zones: a name in the IANA database, as this machine has it.</summary>
internal static class TimeZoneName
{
    // Nothing that leads out of the folder in which the system keeps them.
    private static readonly SearchValues<char> Characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/");

    public static bool TryParse(string text, out string? name)
    {
        name = null;
        if (text.Length is 0 or > AccountConfiguration.MaxTimeZoneLength || text.AsSpan().ContainsAnyExcept(Characters) || text[0] == '/')
            return false;

        // Names of Windows are found as well, and UTC is both.
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone) || !zone.HasIanaId)
            return false;

        name = zone.Id;
        return true;
    }
}
