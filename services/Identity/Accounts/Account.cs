using Microsoft.AspNetCore.Identity;

namespace Chat.Identity.Accounts;

/// <summary>
/// The account of a person or a bot. <see cref="IdentityUser{TKey}.UserName"/> is stored in lower case. The e-mail address belongs to the account only once it is
/// confirmed: until then others may have typed the same one. Bots and erased accounts have none.
/// </summary>
internal sealed class Account : IdentityUser<Guid>
{
    public required string DisplayName { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public AccountState State { get; set; }

    /// <summary>When an account in <see cref="AccountState.Deleting"/> is erased.</summary>
    public DateTimeOffset? DeleteAt { get; set; }

    public PlatformRole Role { get; set; }

    public bool IsBot { get; init; }

    /// <summary>Whose bot it is.</summary>
    public Guid? OwnerId { get; init; }

    public string? About { get; set; }

    public string? Pronouns { get; set; }

    /// <summary>An IANA time zone, such as <c>Europe/Vienna</c>.</summary>
    public string? TimeZone { get; set; }

    /// <summary>A BCP 47 language tag, such as <c>de-AT</c>.</summary>
    public string? Locale { get; set; }

    /// <summary>A file's id.</summary>
    public Guid? Avatar { get; set; }

    /// <summary>A file's id.</summary>
    public Guid? Banner { get; set; }

    public DateTimeOffset? PasswordChangedAt { get; set; }
}
