using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.SigningKeys;
using Chat.Identity.Verification;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Passwords;

/// <summary>The link by which somebody who has forgotten their password, or never had one, sets a new one. Where nobody has verified the address there is no mail.</summary>
internal sealed class ResetPasswordWriter(IdentityDb db, MailedTokens tokens, TokenIssuer issuer, ILookupNormalizer normalizer, TimeProvider clock) : ILetterWriter
{
    public MailKind Kind => MailKind.ResetPassword;

    public async Task<Letter?> WriteAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var normalized = normalizer.NormalizeEmail(mail.Address);
        var account = await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.NormalizedEmail == normalized && a.EmailConfirmed, cancellation);
        if (account is null or { State: AccountState.Suspended or AccountState.Deleted })
            return null;

        var token = await tokens.IssueAsync(account.Id, TokenPurpose.ResetPassword, mail.Address, now, PasswordChange.LinkLifetime, cancellation);
        return new Letter("Chat: set a new password", $"""
            Hello {account.UserName},

            follow this link to set a new password; it is good for one hour and one use:

            {issuer.Page("reset-password")}?token={token}

            If you did not ask for it, there is nothing to do: your password is unchanged, and nobody else has got this link.
            """);
    }
}
