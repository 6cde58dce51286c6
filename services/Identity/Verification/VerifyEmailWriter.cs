using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.SigningKeys;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Verification;

/// <summary>
/// The link that verifies a new account's address. Whoever has verified the address with another account gets a hint instead of the link: the answer to the one who
/// registered was the same.
/// </summary>
internal sealed class VerifyEmailWriter(IdentityDb db, MailedTokens tokens, TokenIssuer issuer, ILookupNormalizer normalizer, TimeProvider clock) : ILetterWriter
{
    private const int MostLinks = 5;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public MailKind Kind => MailKind.VerifyEmail;

    public async Task<Letter?> WriteAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        var normalized = normalizer.NormalizeEmail(mail.Address);
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.NormalizedEmail == normalized && a.EmailConfirmed, cancellation) is { } owner)
        {
            return new Letter("Chat: you have an account already", $"""
                Hello {owner.UserName},

                Somebody, perhaps you, has just registered with this address. It belongs to your account {owner.UserName} already, so nothing has changed.

                If you have forgotten your password, ask for a new one: {issuer.Page("forgot-password")}
                If it was not you, there is nothing to do.
                """);
        }

        // Asked for again without saying for which account: a link each, for the newest that wait for this mailbox.
        var waiting = await db.Users.AsNoTracking()
            .Where(a => a.NormalizedEmail == normalized && !a.EmailConfirmed && a.State == AccountState.Active && (mail.AccountId == null || a.Id == mail.AccountId))
            .OrderByDescending(a => a.Id).Take(MostLinks).ToListAsync(cancellation);
        if (waiting is [])
            return null;

        var links = new List<string>();
        foreach (var account in waiting)
        {
            var token = await tokens.IssueAsync(account.Id, TokenPurpose.VerifyEmail, mail.Address, clock.GetUtcNow(), Lifetime, cancellation);
            links.Add($"{(waiting is [_] ? "" : $"As {account.UserName}: ")}{issuer.Page("verify-email")}?token={token}");
        }

        return new Letter("Chat: verify your e-mail address", $"""
            Hello{(waiting is [var only] ? $" {only.UserName}" : "")},

            follow {(waiting is [_] ? "this link" : "the link of the account that is yours")} to verify your address; it is good for 24 hours and one use:

            {string.Join("\n\n", links)}

            If you did not register, there is nothing to do: without the link the account cannot be used.
            """);
    }
}
