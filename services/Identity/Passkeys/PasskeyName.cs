using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;

namespace Chat.Identity.Passkeys;

/// <summary>What people tell their passkeys apart by: trimmed, 1 to 64 UTF-16 units, no control characters or invisible formatting.</summary>
internal static class PasskeyName
{
    public const int MaxLength = 64;

    public const string Fallback = "Passkey";

    public static readonly FieldError Invalid = new("name", "invalid", $"A name is 1 to {MaxLength} visible characters.");

    // In the authenticator data: the hash of the RP id, flags, the counter, then the AAGUID (WebAuthn, 6.1 and 6.5.1).
    private const int AaguidOffset = 32 + 1 + 4;
    private const int AaguidLength = 16;

    // https://github.com/passkeydeveloper/passkey-authenticator-aaguids
    private static readonly FrozenDictionary<Guid, string> Keepers = new Dictionary<Guid, string>
    {
        [new("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4")] = "Google Password Manager",
        [new("adce0002-35bc-c60a-648b-0b25f1f05503")] = "Chrome on Mac",
        [new("fbfc3007-154e-4ecc-8c0b-6e020557d7bd")] = "Apple Passwords",
        [new("dd4ec289-e01d-41c9-bb89-70fa845d4bf2")] = "iCloud Keychain",
        [new("08987058-cadc-4b81-b6e1-30de50dcbe96")] = "Windows Hello",
        [new("9ddd1817-af5a-4672-a2b9-3e3dd95000a9")] = "Windows Hello",
        [new("6028b017-b1d4-4c02-b4b3-afcdafc96bb2")] = "Windows Hello",
        [new("bada5566-a7aa-401f-bd96-45619a55120d")] = "1Password",
        [new("d548826e-79b4-db40-a3d8-11116f7e8349")] = "Bitwarden",
        [new("531126d6-e717-415c-9320-3d9aa6981239")] = "Dashlane",
        [new("53414d53-554e-4700-0000-000000000000")] = "Samsung Pass",
        [new("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6")] = "Keeper",
        [new("b84e4048-15dc-4dd0-8640-f4f60813c8af")] = "NordPass",
        [new("50726f74-6f6e-5061-7373-50726f746f6e")] = "Proton Pass",
        [new("fdb141b2-5d84-443e-8a35-4698c205a502")] = "KeePassXC",
    }.ToFrozenDictionary();

    public static bool TryParse(string? text, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (text is null || text.Length > 4 * MaxLength)
            return false;

        var visible = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                return false;
            visible |= !Rune.IsWhiteSpace(rune);
        }

        var trimmed = text.Normalize().Trim();
        if (!visible || trimmed.Length > MaxLength)
            return false;

        name = trimmed;
        return true;
    }

    /// <summary>Where it is kept, if the authenticator says so, else the device it was made on. Nothing depends on either being true.</summary>
    public static string Suggest(CeremonyRequest request, HttpContext http) =>
        request.Claimed("response", "authenticatorData") is { Length: >= AaguidOffset + AaguidLength } data
        && Keepers.TryGetValue(new Guid(data.AsSpan(AaguidOffset, AaguidLength), bigEndian: true), out var keeper)
            ? keeper
            : Device.Name(http.Request.Headers.UserAgent.ToString()) ?? Fallback;
}
