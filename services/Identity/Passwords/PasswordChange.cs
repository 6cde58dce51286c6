using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Sessions;
using Chat.Identity.Verification;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Passwords;

/// <summary>Gives an account another password. Whatever was granted on the strength of the old one and not used yet (mailed links and codes, sign-ins under way) is void.</summary>
internal sealed class PasswordChange(
    IdentityDb db, MailedTokens tokens, SessionOpening opening, SessionEnding ending, SecurityNotices notices, Mails mails, ILookupNormalizer normalizer, TimeProvider clock)
{
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(1);

    /// <summary>By a mailed link: ends everything that authenticates as the account. It neither signs in nor touches second factors.</summary>
    public async Task<Results<NoContent, ProblemHttpResult>> ResetAsync(HttpContext http, Guid id, string text, string passwordHash, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.LockAccountAsync(id, cancellation) is not { } account || await tokens.TakeAsync(text, TokenPurpose.ResetPassword, cancellation) is not { } token || !IsGood(token, account))
            return MailedTokens.Invalid();

        await SetAsync(account, passwordHash, cancellation);
        notices.Queue("Your password was reset, and you were signed out everywhere.", account, http);
        var ended = await ending.MarkAllAsync(id, except: null, kinds: null, cancellation);
        return await FinishAsync(transaction, id, ended, cancellation);
    }

    /// <summary>By somebody who is signed in and has just shown the present password, or another proof where there is none.</summary>
    /// <param name="account">As it was when that was checked.</param>
    public async Task<Results<NoContent, ProblemHttpResult>> ChangeAsync(
        HttpContext http, Caller caller, Account account, string passwordHash, bool endOtherSessions, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.LockAccountAsync(caller.Id, cancellation) is not { State: AccountState.Active } held || held.SecurityStamp != account.SecurityStamp)
            return Problems.Conflict("account_changed", "The account has changed in the meantime. Nothing was done.");
        if (!await opening.StandsAsync(caller, cancellation))
            return Problems.Unauthorized("unauthenticated", "The session has ended.");

        await SetAsync(held, passwordHash, cancellation);
        notices.Queue(account.PasswordHash is null ? "A password was set for your account." : "Your password was changed.", held, http);
        var ended = endOtherSessions ? await ending.MarkAllAsync(caller.Id, caller.Session, [SessionKind.Browser], cancellation) : [];
        return await FinishAsync(transaction, caller.Id, ended, cancellation);
    }

    /// <summary>A link made while the account was changing, with what it was before in view, is void as well.</summary>
    private bool IsGood(MailedToken token, Account account) =>
        account is { EmailConfirmed: true, State: not (AccountState.Suspended or AccountState.Deleted) }
        && account.NormalizedEmail == normalizer.NormalizeEmail(token.Address)
        && !(token.ExpiresAt - LinkLifetime < account.PasswordChangedAt);

    private async Task SetAsync(Account account, string passwordHash, CancellationToken cancellation)
    {
        account.PasswordHash = passwordHash;
        account.PasswordChangedAt = clock.GetUtcNow();
        account.SecurityStamp = Guid.NewGuid().ToString("N");
        await tokens.RevokeAsync(account.Id, TokenPurpose.ResetPassword, cancellation);
        await tokens.RevokeAsync(account.Id, TokenPurpose.ChangeEmail, cancellation);
        await db.MailedCodes.Where(c => c.AccountId == account.Id).ExecuteDeleteAsync(cancellation);

        // Those that were used stay: a second use of one ends what the first got.
        await db.AuthorizationCodes.Where(c => c.AccountId == account.Id && c.UsedAt == null).ExecuteDeleteAsync(cancellation);
    }

    private async Task<Results<NoContent, ProblemHttpResult>> FinishAsync(
        Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, Guid account, IReadOnlyList<Session> ended, CancellationToken cancellation)
    {
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return await ending.SettleAsync(account, ended, cancellation)
            ? TypedResults.NoContent()
            : Problems.Unavailable("not_yet_effective", "The password is changed and the sessions have ended, but not every service knows yet.", TimeSpan.FromSeconds(2));
    }
}
