using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Identity.Verification;

/// <summary>Gives an account another address, once whoever asked for it has shown that they read mail there.</summary>
internal sealed class EmailChange(
    IdentityDb db, SessionOpening opening, SessionEnding ending, AccountActivation activation, MailedTokens tokens, SecurityNotices notices, Mails mails, ILookupNormalizer normalizer)
{
    /// <summary>Queues the link. Other sessions are ended now if they are to be: whoever asks for that does not want to wait for a mail.</summary>
    public async Task<Results<Accepted, ProblemHttpResult>> AskAsync(HttpContext http, Caller caller, string address, bool endOtherSessions, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(caller, cancellation))
            return Problems.Unauthorized("unauthenticated", "This account is not in use any more.");

        notices.Queue(
            "Another e-mail address was asked for your account.",
            await db.Users.AsNoTracking().SingleAsync(a => a.Id == caller.Id, cancellation),
            http);
        mails.Queue(MailKind.ChangeEmail, address, caller.Id);
        var ended = endOtherSessions ? await ending.MarkAllAsync(caller.Id, caller.Session, [SessionKind.Browser], cancellation) : [];
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return await ending.SettleAsync(caller.Id, ended, cancellation) ? TypedResults.Accepted((string?)null) : SessionEnding.NotYetEffective();
    }

    public async Task<Results<NoContent, ProblemHttpResult>> ConfirmAsync(HttpContext http, string? text, CancellationToken cancellation)
    {
        if (await tokens.FindAsync(text, TokenPurpose.ChangeEmail, cancellation) is not { } found)
            return MailedTokens.Invalid();

        // The account first, then its tokens: in the same order as everybody else.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.LockAccountAsync(found.AccountId, cancellation) is not { State: not (AccountState.Suspended or AccountState.Deleted) } account
            || await tokens.TakeAsync(text, TokenPurpose.ChangeEmail, cancellation) is not { } token
            || token.ExpiresAt - ChangeEmailWriter.Lifetime < account.PasswordChangedAt)
        {
            return MailedTokens.Invalid();
        }

        var former = account.EmailConfirmed ? account.Email : null;
        account.Email = token.Address;
        account.NormalizedEmail = normalizer.NormalizeEmail(token.Address);
        account.EmailConfirmed = true;
        if (activation.IsConfiguredAdmin(token.Address))
            account.Role = PlatformRole.Admin;
        account.SecurityStamp = Guid.NewGuid().ToString("N");

        // What was mailed to the former address is void.
        await db.MailedTokens.Where(t => t.AccountId == account.Id).ExecuteDeleteAsync(cancellation);
        await db.MailedCodes.Where(c => c.AccountId == account.Id).ExecuteDeleteAsync(cancellation);
        if (former is not null)
            notices.Queue("The e-mail address of your account was changed.", former, account.Id, http, "a new password cannot be asked for from this address any more. Write to whoever runs this service.");
        notices.Queue("This is the e-mail address of your account from now on.", account, http);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: AccountConfiguration.EmailIndex })
        {
            // Somebody else has verified it in the meantime.
            return MailedTokens.Invalid();
        }

        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return TypedResults.NoContent();
    }
}
