using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Lifecycle;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Administration;

/// <summary>What administrators do to accounts: the change, the audit entry and the notice mail are one transaction, in which the account is held.</summary>
internal sealed class AdminActs(
    IdentityDb db, Administrators administrators, SessionOpening opening, AccountAccess access, AuditLog audit, SecurityNotices notices, Mails mails)
{
    private const string NotYours = "an administrator did it. Turn to those who run this platform if you think that it is a mistake.";

    /// <summary>Suspends the account; everything that authenticates as it ends. Repeating it waits for that again.</summary>
    public Task<Results<NoContent, ProblemHttpResult>> SuspendAsync(AdminAct act, CancellationToken cancellation) => PerformAsync(act, "user.suspended", async account =>
    {
        if (account.Role == PlatformRole.Admin && !await administrators.AnyBesidesAsync(account.Id, cancellation))
            return ActOutcome.Refuse(Administrators.Last());

        var ended = await access.EndAsync(account.Id, cancellation);
        if (account.State == AccountState.Suspended)
            return new ActOutcome { Ended = ended };

        var before = account.State;
        account.State = AccountState.Suspended;
        return ActOutcome.Changed(State(before), State(account.State), "Your account was suspended by an administrator.") with { Ended = ended };
    }, cancellation);

    /// <summary>Lifts a suspension. An account whose owner had asked for its deletion before is to be deleted again.</summary>
    public Task<Results<NoContent, ProblemHttpResult>> RestoreAsync(AdminAct act, CancellationToken cancellation) => PerformAsync(act, "user.restored", account =>
    {
        if (account.State == AccountState.Active)
            return Task.FromResult(new ActOutcome());
        if (account.State != AccountState.Suspended)
            return Task.FromResult(ActOutcome.Refuse(Problems.Conflict("account_not_suspended", "This account was not suspended by an administrator: its owner has disabled or deleted it.")));

        account.State = account.DeleteAt is null ? AccountState.Active : AccountState.Deleting;
        return Task.FromResult(ActOutcome.Changed(State(AccountState.Suspended), State(account.State), "Your account is no longer suspended."));
    }, cancellation);

    /// <summary>Ends everything that authenticates as the account.</summary>
    public Task<Results<NoContent, ProblemHttpResult>> EndSessionsAsync(AdminAct act, CancellationToken cancellation) => PerformAsync(act, "user.sessions_ended", async account =>
    {
        var ended = await access.EndAsync(account.Id, cancellation);
        return ended.Now.Count == 0
            ? new ActOutcome { Ended = ended }
            : ActOutcome.Changed(new { sessions = ended.Now.Count }, new { sessions = 0 }, "Your sessions and tokens were ended by an administrator.") with { Ended = ended };
    }, cancellation);

    /// <summary>Turns off second factors and recovery codes, for somebody who has lost them.</summary>
    public Task<Results<NoContent, ProblemHttpResult>> RemoveTwoFactorAsync(AdminAct act, CancellationToken cancellation) => PerformAsync(act, "user.two_factor_removed", async account =>
    {
        var factors = await db.SecondFactors.AsNoTracking().SingleOrDefaultAsync(f => f.AccountId == account.Id, cancellation);
        if (factors is null)
            return new ActOutcome();

        var before = new
        {
            totp = factors.TotpEnabledAt is not null,
            email = factors.EmailEnabledAt is not null,
            recoveryCodes = await db.RecoveryCodes.CountAsync(c => c.AccountId == account.Id, cancellation),
        };
        await db.MailedCodes.Where(c => c.AccountId == account.Id).ExecuteDeleteAsync(cancellation);
        await db.RecoveryCodes.Where(c => c.AccountId == account.Id).ExecuteDeleteAsync(cancellation);
        await db.SecondFactors.Where(f => f.AccountId == account.Id).ExecuteDeleteAsync(cancellation);
        account.SecurityStamp = Guid.NewGuid().ToString("N");
        return ActOutcome.Changed(before, new { totp = false, email = false, recoveryCodes = 0 }, "Your second factor was turned off by an administrator.");
    }, cancellation);

    public Task<Results<NoContent, ProblemHttpResult>> ChangeRoleAsync(AdminAct act, PlatformRole role, CancellationToken cancellation) => PerformAsync(act, "user.role_changed", async account =>
    {
        if (account.Role == role)
            return new ActOutcome();
        if (role == PlatformRole.Admin && (account.IsBot || !account.EmailConfirmed || account.State != AccountState.Active))
            return ActOutcome.Refuse(Problems.Conflict("account_not_eligible", "Administrators are people whose account is active and whose e-mail address is verified."));
        if (role != PlatformRole.Admin && !await administrators.AnyBesidesAsync(account.Id, cancellation))
            return ActOutcome.Refuse(Administrators.Last());

        var before = account.Role;
        account.Role = role;
        return ActOutcome.Changed(
            Role(before), Role(role), role == PlatformRole.Admin ? "You are an administrator of this platform now." : "You are no longer an administrator of this platform.");
    }, cancellation);

    private async Task<Results<NoContent, ProblemHttpResult>> PerformAsync(AdminAct act, string action, Func<Account, Task<ActOutcome>> change, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await administrators.LockAsync(cancellation);

        // Asked again under the lock: of two administrators who demote each other, or end each other's sessions, one is no longer entitled to.
        if (!await opening.StandsAsync(act.Actor, cancellation))
            return Problems.Unauthorized("unauthenticated", "The session has ended.");
        if (!await administrators.IncludesAsync(act.Actor.Id, cancellation))
            return Administrators.Required();

        if (await db.LockAccountAsync(act.Target, cancellation) is not { State: not AccountState.Deleted } account)
            return AdminUsersEndpoints.UserNotFound();

        var outcome = await change(account);
        if (outcome.Refusal is { } refusal)
            return refusal;

        if (outcome is { Before: { } before, After: { } after, Notice: { } notice })
        {
            audit.Add(act.Http, act.Actor.Id, action, account.Id, before, after, act.Reason);
            await NotifyAsync(account, notice, cancellation);
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return await access.SettleAsync(outcome.Ended, cancellation) ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    /// <summary>Without the request that asked for it: an administrator's device and address are not the account's business. A bot's mail goes to its owner.</summary>
    private async Task NotifyAsync(Account account, string notice, CancellationToken cancellation)
    {
        if (account.OwnerId is null)
            notices.Queue(notice, account, http: null, NotYours);
        else if (await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == account.OwnerId, cancellation) is { } owner)
            notices.Queue(notice.Replace("Your", $"Your bot {account.UserName}'s", StringComparison.Ordinal), owner, http: null, NotYours);
    }

    private static object State(AccountState state) => new { state = WireName.Of(state) };

    private static object Role(PlatformRole role) => new { role = WireName.Of(role) };
}

/// <summary>Who does it to whom, and why.</summary>
internal sealed record AdminAct(HttpContext Http, Caller Actor, Guid Target, string Reason);

/// <summary>What came of an act: a refusal, a change to write down, or nothing new; in any case sessions may have ended.</summary>
internal sealed record ActOutcome
{
    public ProblemHttpResult? Refusal { get; private init; }

    public object? Before { get; private init; }

    public object? After { get; private init; }

    public string? Notice { get; private init; }

    public EndedAccess Ended { get; init; } = EndedAccess.Nothing;

    public static ActOutcome Refuse(ProblemHttpResult refusal) => new() { Refusal = refusal };

    public static ActOutcome Changed(object before, object after, string notice) => new() { Before = before, After = after, Notice = notice };
}
