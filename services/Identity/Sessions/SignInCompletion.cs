using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Sessions;

/// <summary>
/// The last step of every sign-in in a browser, by whatever means, after all credentials were found right: may the account be used, then the session, its cookie, and the
/// browser is a known device from now on.
/// </summary>
internal sealed class SignInCompletion(
    IdentityDb db, SessionOpening opening, SessionCookie cookies, KnownDevice devices, SecurityNotices notices, Mails mails, IOptions<SessionOptions> options, TimeProvider clock)
{
    // Sessions are remembered for at least so long after their end.
    private static readonly TimeSpan FirstDay = TimeSpan.FromDays(1);

    /// <param name="account">As it was when its credentials were checked.</param>
    /// <param name="methods">How the person has signed in: <c>amr</c> values of RFC 8176.</param>
    /// <param name="reactivate">Whether to take back that the account was disabled, or is to be deleted, by its owner.</param>
    public async Task<Results<Ok<LoginResponse>, ProblemHttpResult>> CompleteAsync(
        HttpContext http, Account account, IReadOnlyList<string> methods, bool remember, bool reactivate, CancellationToken cancellation)
    {
        if (await RefusalAsync(http, account, reactivate, cancellation) is { } refusal)
            return refusal;

        // Saved with the session, or not at all.
        if (await IsUnusualAsync(http, account, cancellation))
            notices.Queue("A browser that is new to your account has signed in.", account, http);

        // The browser's cookie is about to be replaced: nobody could end the session it stands for afterwards.
        var replaced = Caller.From(http.User)?.Session;
        if (await opening.OpenAsync(account, http, methods, remember, replaced, cancellation) is not { } opened)
            return Problems.Unauthorized("invalid_credentials", "The account has changed in the meantime. Sign in again.");

        mails.Wake();
        http.Response.Headers.CacheControl = "no-store";
        cookies.Set(http.Response, opened.Cookie, remember ? options.Value.RememberedAtMost : null);
        devices.Remember(http, account.Id);
        return TypedResults.Ok(new LoginResponse(AccountResponse.From(account), new OpenedSession(opened.Session.Id, opened.Session.ExpiresAt)));
    }

    private async Task<ProblemHttpResult?> RefusalAsync(HttpContext http, Account account, bool reactivate, CancellationToken cancellation)
    {
        if (!account.EmailConfirmed)
            return Problems.Forbidden("email_not_verified", "The e-mail address of this account has not been verified yet.");

        switch (account.State)
        {
            case AccountState.Active:
                return null;
            case AccountState.Deleting when account.DeleteAt <= clock.GetUtcNow():
                // It is about to be erased, perhaps at this moment.
                return Gone();
            case AccountState.Disabled or AccountState.Deleting when reactivate:
                return await ReactivateAsync(http, account, cancellation) ? null : Gone();
            case AccountState.Disabled:
                return Problems.Forbidden("account_disabled", "This account was disabled by its owner. Sign in with reactivate: true to use it again.");
            case AccountState.Deleting:
                return Problems.Create(
                    StatusCodes.Status403Forbidden, "account_deleting", "This account is about to be deleted. Sign in with reactivate: true to keep it.", ("deleteAt", account.DeleteAt));
            case AccountState.Suspended:
                return Problems.Forbidden("account_suspended", "This account was suspended by an administrator.");
            default:
                return Gone();
        }
    }

    /// <summary>From a browser that is not known, and not the account's first sign-in.</summary>
    private async Task<bool> IsUnusualAsync(HttpContext http, Account account, CancellationToken cancellation) =>
        devices.Find(http.Request, account.Id) is null
        && (account.CreatedAt < clock.GetUtcNow() - FirstDay || await db.Sessions.AnyAsync(s => s.AccountId == account.Id && s.Kind == SessionKind.Browser, cancellation));

    private static ProblemHttpResult Gone() => Problems.Unauthorized("invalid_credentials", "This account does not exist any more, or has changed in the meantime.");

    /// <returns>False when the account has changed since its credentials were checked: it may have been suspended, or erased.</returns>
    private async Task<bool> ReactivateAsync(HttpContext http, Account account, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var changed = await db.Users
            .Where(a => a.Id == account.Id && a.SecurityStamp == account.SecurityStamp && (a.State == AccountState.Disabled || a.State == AccountState.Deleting) && (a.DeleteAt == null || a.DeleteAt > now))
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.State, AccountState.Active).SetProperty(a => a.DeleteAt, (DateTimeOffset?)null), cancellation);
        if (changed > 0)
        {
            notices.Queue("Your account is in use again.", account, http);
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }
        else if (!await db.Users.AnyAsync(a => a.Id == account.Id && a.State == AccountState.Active, cancellation))
        {
            return false;
        }

        mails.Wake();
        account.State = AccountState.Active;
        account.DeleteAt = null;
        return true;
    }
}
