using Chat.Identity.Accounts;
using Chat.Identity.Lifecycle;

namespace Chat.Identity.Profiles;

/// <summary>An account as its owner sees it. Without <see cref="Email"/>: a bot's.</summary>
internal sealed record MyAccountResponse(
    Guid Id,
    string Username,
    string DisplayName,
    string? Email,
    bool EmailVerified,
    string Role,
    string State,
    DateTimeOffset? DeleteAt,
    bool Bot,
    string? About,
    string? Pronouns,
    string? TimeZone,
    string? Locale,
    Guid? Avatar,
    Guid? Banner,
    bool HasPassword,
    bool TwoFactorEnabled,
    DateTimeOffset CreatedAt)
{
    public static MyAccountResponse From(Account account, bool twoFactorEnabled) => new(
        account.Id,
        account.UserName ?? "",
        account.DisplayName,
        account.Email,
        account.EmailConfirmed,
        Name(account.Role),
        Name(account.State),
        account.DeleteAt,
        account.IsBot,
        account.About,
        account.Pronouns,
        account.TimeZone,
        account.Locale,
        account.Avatar,
        account.Banner,
        account.PasswordHash is not null,
        twoFactorEnabled,
        account.CreatedAt);

    private static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}

/// <summary>An account as everybody who is signed in sees it.</summary>
internal sealed record ProfileResponse(
    Guid Id, string Username, string DisplayName, Guid? Avatar, Guid? Banner, string? About, string? Pronouns, bool Bot, bool? Deleted, DateTimeOffset CreatedAt)
{
    /// <summary>Of an erased account nothing is told but that it was there.</summary>
    public static ProfileResponse From(Account account) => account.State is AccountState.Deleted
        ? new(account.Id, account.UserName ?? "", AccountErasure.DisplayName, null, null, null, null, account.IsBot, true, account.CreatedAt)
        : new(account.Id, account.UserName ?? "", account.DisplayName, account.Avatar, account.Banner, account.About, account.Pronouns, account.IsBot, null, account.CreatedAt);
}

internal sealed record ProfileList(IReadOnlyList<ProfileResponse> Items);
