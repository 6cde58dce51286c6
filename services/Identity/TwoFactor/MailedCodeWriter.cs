using System.Text.Json;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.ServiceDefaults.Json;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.TwoFactor;

/// <summary>Makes codes and writes the mails that carry them.</summary>
internal sealed class MailedCodeWriter(IdentityDb db, MailedCodes codes) : ILetterWriter
{
    // With the dispatcher's growing pauses a quarter of an hour: nobody waits for the code any more.
    private const int MostAttempts = 10;

    public MailKind Kind => MailKind.SignInCode;

    public async Task<Letter?> WriteAsync(OutgoingMail mail, CancellationToken cancellation)
    {
        if (mail.Attempts >= MostAttempts || mail.Data is null || JsonSerializer.Deserialize<CodeMail>(mail.Data, JsonDefaults.Options) is not { } data)
            return null;

        // Not to a mailbox that is not the account's any more.
        var account = await db.Users.AsNoTracking().SingleOrDefaultAsync(
            a => a.Id == mail.AccountId && a.Email == mail.Address && a.EmailConfirmed && a.State != AccountState.Deleted, cancellation);
        if (account is null)
            return null;

        var (subject, use, otherwise) = data.Purpose switch
        {
            CodePurpose.SignIn => ("your sign-in code", "to sign in", "If you are not signing in just now, somebody knows your password: change it."),
            CodePurpose.Proof => ("confirm that it is you", "to confirm that it is you", "If you were not asked for it, somebody uses a session of yours: end your other sessions."),
            CodePurpose.EnableEmail => (
                "turn on sign-in codes by mail", "to have codes mailed when you sign in", "If you did not ask for it, somebody uses a session of yours: end your other sessions."),
            _ => throw new InvalidOperationException($"No mail is written for the purpose {data.Purpose}."),
        };
        var code = await codes.IssueAsync(account, data.Purpose, cancellation);
        return new Letter($"Chat: {subject}", $"""
            Hello {account.UserName},

            this is the code {use}; it is good for {MailedCodes.Lifetime.TotalMinutes:0} minutes and one use:

            {code}

            Give it to nobody, whoever asks. {otherwise}
            """);
    }
}
