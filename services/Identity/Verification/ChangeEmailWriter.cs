using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.SigningKeys;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Verification;

/// <summary>The link that gives an account another address, sent to that address. Whoever has the address already gets a hint instead.</summary>
internal sealed class ChangeEmailWriter(IdentityDb db, MailedTokens tokens, TokenIssuer issuer, ILookupNormalizer normalizer, TimeProvider clock) : ILetterWriter
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public MailKind Kind => MailKind.ChangeEmail;

    public async Task<Letter?> WriteAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var normalized = normalizer.NormalizeEmail(mail.Address);
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.NormalizedEmail == normalized && a.EmailConfirmed, cancellation) is { } owner)
        {
            return new Letter("Chat: this address has an account already", $"""
                Hello {owner.UserName},

                Somebody, perhaps you, wants to use this address for an account. It belongs to your account {owner.UserName} already, so nothing has changed.

                If it was not you, there is nothing to do.
                """);
        }

        // What was asked for before the password was changed counts no more, however long the mail has waited.
        var account = await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == mail.AccountId && a.State == AccountState.Active, cancellation);
        if (account is null || mail.CreatedAt <= account.PasswordChangedAt)
            return null;

        var token = await tokens.IssueAsync(account.Id, TokenPurpose.ChangeEmail, mail.Address, now, Lifetime, cancellation);
        return new Letter("Chat: confirm your new e-mail address", $"""
            Hello {account.UserName},

            follow this link to use this address for your account from now on; it is good for 24 hours and one use:

            {issuer.Page("confirm-email-change")}?token={token}

            If you did not ask for it, there is nothing to do: without the link nothing changes.
            """);
    }
}
