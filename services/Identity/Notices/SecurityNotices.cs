using System.Text.Json;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults.Json;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Notices;

/// <summary>Mails that tell an account's owner of a change that concerns its security, so that one they did not make does not go unnoticed.</summary>
internal sealed class SecurityNotices(Mails mails)
{
    /// <param name="what">The change as a sentence: <c>Your password was changed.</c></param>
    /// <param name="address">Where to: the account's address, or its former one.</param>
    /// <param name="http">The request that made it; null for what nobody asked for just now.</param>
    /// <param name="advice">What to do if it was somebody else; without it, what helps whoever still has the account.</param>
    public void Queue(string what, string address, Guid account, HttpContext? http, string? advice = null) => mails.Queue(
        MailKind.Notice,
        address,
        account,
        new NoticeData(what, Device.Name(http?.Request.Headers.UserAgent.ToString()), http is null ? null : ClientAddress.Of(http)?.ToString(), advice));

    /// <summary>The same to the account's verified address, if it has one.</summary>
    public void Queue(string what, Account account, HttpContext? http, string? advice = null)
    {
        if (account is { EmailConfirmed: true, Email: { } address })
            Queue(what, address, account.Id, http, advice);
    }
}

internal sealed record NoticeData(string What, string? Device = null, string? Address = null, string? Advice = null);

/// <summary>Writes notice mails.</summary>
internal sealed class NoticeWriter(IdentityDb db) : ILetterWriter
{
    public MailKind Kind => MailKind.Notice;

    public async Task<Letter?> WriteAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        if (mail.Data is null || JsonSerializer.Deserialize<NoticeData>(mail.Data, JsonDefaults.Options) is not { } notice)
            return null;

        var username = await db.Users.Where(a => a.Id == mail.AccountId).Select(a => a.UserName).SingleOrDefaultAsync(cancellation);
        var from = notice.Address is null ? "" : $"It was asked for from {notice.Device ?? "an unknown device"}, address {notice.Address}, on {mail.CreatedAt:yyyy-MM-dd HH:mm} UTC.\n\n";
        return new Letter($"Chat: {notice.What.TrimEnd('.')}", $"""
            Hello {username},

            {notice.What}

            {from}If this was not you: {notice.Advice ?? "set a new password by \"forgot password\", and end your other sessions."}
            """);
    }
}
