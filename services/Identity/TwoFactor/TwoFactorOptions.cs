using System.ComponentModel.DataAnnotations;

namespace Chat.Identity.TwoFactor;

/// <summary>Configuration section <c>TwoFactor</c>.</summary>
internal sealed class TwoFactorOptions
{
    /// <summary>What authenticator apps show beside the username.</summary>
    [RegularExpression("[^:%]{1,64}")]
    public string Issuer { get; set; } = "Chat";

    /// <summary>Wrong codes of an account before 429; from a known device counted by themselves.</summary>
    [Range(1, 1000)]
    public int WrongCodesPerMinute { get; set; } = 5;

    [Range(1, 1000)]
    public int WrongCodesPerHour { get; set; } = 20;

    /// <summary>Codes mailed to an account for one purpose.</summary>
    [Range(1, 1000)]
    public int MailedCodesPerMinute { get; set; } = 1;

    /// <summary>Codes mailed to an account for whatever purpose.</summary>
    [Range(1, 1000)]
    public int MailedCodesPerHour { get; set; } = 10;
}
