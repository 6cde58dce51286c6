namespace Chat.Identity.Accounts;

/// <summary>An account as registering and signing in answer it.</summary>
internal sealed record AccountResponse(Guid Id, string Username, string DisplayName, string Email, DateTimeOffset CreatedAt)
{
    public static AccountResponse From(Account account) =>
        new(account.Id, account.UserName ?? "", account.DisplayName, account.Email ?? "", account.CreatedAt);
}
