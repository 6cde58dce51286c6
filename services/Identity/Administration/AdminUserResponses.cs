using Chat.Identity.Accounts;

namespace Chat.Identity.Administration;

/// <summary>An account as administrators see it in a list.</summary>
internal sealed record AdminUserResponse(
    Guid Id, string Username, string DisplayName, string? Email, bool EmailVerified, DateTimeOffset CreatedAt, string State, string Role, bool Bot, Guid? Owner, DateTimeOffset? DeleteAt)
{
    public static AdminUserResponse From(Account account) => new(
        account.Id, account.UserName ?? "", account.DisplayName, account.Email, account.EmailConfirmed, account.CreatedAt, WireName.Of(account.State),
        WireName.Of(account.Role), account.IsBot, account.OwnerId, account.DeleteAt);
}

internal sealed record AdminUserList(IReadOnlyList<AdminUserResponse> Items, string? Next);

/// <summary>One account with the means it signs in by: which and how many, never what is in them.</summary>
internal sealed record AdminUserDetails(
    AdminUserResponse User, DateTimeOffset? LastSeenAt, bool Password, DateTimeOffset? PasswordChangedAt, AdminTwoFactor TwoFactor, int Passkeys, IReadOnlyList<string> Logins,
    AdminSessions Sessions, int Bots, int Clients);

internal sealed record AdminTwoFactor(bool Totp, bool Email, int RecoveryCodes);

/// <summary>What is active at this moment.</summary>
internal sealed record AdminSessions(int Browser, int Tokens, int Grants);
