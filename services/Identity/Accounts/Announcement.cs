using Chat.Contracts;
using Chat.ServiceDefaults.Events;

namespace Chat.Identity.Accounts;

/// <summary>
/// What others are told of an account: when it comes into use, which is when its address is verified, and when what they see of it changes. Written in the transaction of the
/// change, which holds the account's row, so that the events of one account are in the order of its changes.
/// </summary>
internal static class Announcement
{
    public static OutboxMessage Of(Account account, DateTimeOffset now) => OutboxMessage.From(
        new UserUpdated
        {
            User = account.Id,
            Username = account.UserName ?? "",
            DisplayName = account.DisplayName,
            Avatar = account.Avatar,
            Bot = account.IsBot,
            At = now,
        },
        account.Id.ToString());
}
