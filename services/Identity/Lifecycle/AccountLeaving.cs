using Chat.Identity.Accounts;
using Chat.Identity.Administration;
using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Lifecycle;

/// <summary>Owners who disable or delete their account. Either is taken back by signing in with <c>reactivate: true</c>, the latter until <see cref="Account.DeleteAt"/>.</summary>
internal sealed class AccountLeaving(
    IdentityDb db, SessionOpening opening, Administrators administrators, AccountAccess access, SecurityNotices notices, Mails mails, IOptions<DeletionOptions> options, TimeProvider clock)
{
    private const string NotMe = "sign in again and take it back, set a new password, and end your other sessions.";

    /// <returns>Null when it is done.</returns>
    public Task<ProblemHttpResult?> DisableAsync(HttpContext http, Caller caller, CancellationToken cancellation) =>
        LeaveAsync(http, caller, account => account.State = AccountState.Disabled, _ => "Your account was disabled.", cancellation);

    /// <returns>When the account will be erased, or why not.</returns>
    public async Task<(DateTimeOffset DeleteAt, ProblemHttpResult? Refusal)> DeleteAsync(HttpContext http, Caller caller, CancellationToken cancellation)
    {
        var deleteAt = clock.GetUtcNow() + options.Value.DeletionGrace;
        var refusal = await LeaveAsync(
            http,
            caller,
            account =>
            {
                account.State = AccountState.Deleting;
                account.DeleteAt = deleteAt;
            },
            account => $"Your account will be deleted on {deleteAt:yyyy-MM-dd}, unless you sign in before.",
            cancellation);
        return (deleteAt, refusal);
    }

    private async Task<ProblemHttpResult?> LeaveAsync(HttpContext http, Caller caller, Action<Account> leave, Func<Account, string> notice, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await administrators.LockAsync(cancellation);

        // Between the check of the token and here it was disabled or suspended, or the session has ended.
        var id = caller.Id;
        if (await db.LockAccountAsync(id, cancellation) is not { State: AccountState.Active } account || !await opening.StandsAsync(caller, cancellation))
            return Problems.Unauthorized("unauthenticated", "The session has ended.");
        if (account.Role == PlatformRole.Admin && !await administrators.AnyBesidesAsync(id, cancellation))
            return Administrators.Last();

        leave(account);
        var ended = await access.EndAsync(id, cancellation);
        notices.Queue(notice(account), account, http, NotMe);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return await access.SettleAsync(ended, cancellation) ? null : SessionEnding.NotYetEffective();
    }
}
