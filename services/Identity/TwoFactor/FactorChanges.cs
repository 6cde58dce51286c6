using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Passwords;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.TwoFactor;

/// <summary>
/// Changes the factors of an account. Each change is one transaction that holds the account: the factor, a new security stamp (a sign-in that was checked before it gets no
/// session), the end of the other sessions where asked for, and the mail that tells the owner.
/// </summary>
internal sealed class FactorChanges(IdentityDb db, RecoveryCodes recovery, SessionOpening opening, SessionEnding ending, SecurityNotices notices, Mails mails)
{
    public static ProblemHttpResult NotFound() => Problems.NotFound("factor_not_found", "This factor is not turned on.");

    public Task<SecondFactors?> FindAsync(Guid account, CancellationToken cancellation) =>
        db.SecondFactors.AsNoTracking().SingleOrDefaultAsync(f => f.AccountId == account, cancellation);

    /// <summary>A new secret for an authenticator app, pending.</summary>
    public async Task<(AuthenticatorSecret? Secret, ProblemHttpResult? Refusal)> BeginAppAsync(AuthenticatorApp app, Caller caller, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(caller, cancellation))
            return (null, NotActive());

        var account = await db.Users.AsNoTracking().SingleAsync(a => a.Id == caller.Id, cancellation);
        var secret = app.Begin(await TrackAsync(caller.Id, cancellation), account);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return (secret, null);
    }

    /// <param name="turnOn">Turns the factor on, or says why not.</param>
    /// <returns>Recovery codes where two factors are thereby turned on.</returns>
    public async Task<Results<Ok<RecoveryCodesResponse>, ProblemHttpResult>> TurnOnAsync(
        HttpContext http, Caller caller, bool endOtherSessions, string notice, Func<SecondFactors, ProblemHttpResult?> turnOn, CancellationToken cancellation)
    {
        // Hashed before the transaction begins; within it only if they were turned off in between.
        NewRecoveryCodes? codes = null;
        if (await FindAsync(caller.Id, cancellation) is not { IsOn: true } && (codes = await recovery.PrepareAsync(cancellation)) is null)
            return PasswordHashing.Busy();

        IReadOnlyList<string>? shown = null;
        var (refusal, effective) = await MakeAsync(http, caller, endOtherSessions, notice, async factors =>
        {
            var wasOn = factors.IsOn;
            if (turnOn(factors) is { } reason)
                return reason;
            if (wasOn)
                return null;
            if ((codes ?? await recovery.PrepareAsync(cancellation)) is not { } prepared)
                return PasswordHashing.Busy();

            await recovery.ReplaceAsync(factors, prepared, cancellation);
            shown = prepared.Texts;
            return null;
        }, cancellation);
        return refusal ?? Show(http, shown, effective);
    }

    /// <summary>Ten new recovery codes in place of those that are left.</summary>
    public async Task<Results<Ok<RecoveryCodesResponse>, ProblemHttpResult>> RenewRecoveryCodesAsync(
        HttpContext http, Caller caller, bool endOtherSessions, CancellationToken cancellation)
    {
        if (await FindAsync(caller.Id, cancellation) is not { IsOn: true })
            return TwoFactorOff();
        if (await recovery.PrepareAsync(cancellation) is not { } codes)
            return PasswordHashing.Busy();

        var (refusal, effective) = await MakeAsync(http, caller, endOtherSessions, "New recovery codes were made for your account, the old ones are void.", async factors =>
        {
            if (!factors.IsOn)
                return TwoFactorOff();
            await recovery.ReplaceAsync(factors, codes, cancellation);
            return null;
        }, cancellation);
        return refusal ?? Show(http, codes.Texts, effective);
    }

    /// <summary>With the last factor the recovery codes go.</summary>
    /// <param name="turnOff">False when it was not on.</param>
    public async Task<Results<NoContent, ProblemHttpResult>> TurnOffAsync(
        HttpContext http, Caller caller, bool endOtherSessions, string notice, Func<SecondFactors, bool> turnOff, CancellationToken cancellation)
    {
        var (refusal, effective) = await MakeAsync(http, caller, endOtherSessions, notice, async factors =>
        {
            if (!turnOff(factors))
                return NotFound();
            if (!factors.IsOn)
                await recovery.RemoveAsync(factors, cancellation);
            return null;
        }, cancellation);
        if (refusal is not null)
            return refusal;

        return effective ? TypedResults.NoContent() : NotYetEffective(shown: null);
    }

    private async Task<(ProblemHttpResult? Refusal, bool Effective)> MakeAsync(
        HttpContext http, Caller caller, bool endOtherSessions, string notice, Func<SecondFactors, Task<ProblemHttpResult?>> change, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(caller, cancellation))
            return (NotActive(), false);
        if (await change(await TrackAsync(caller.Id, cancellation)) is { } refusal)
            return (refusal, false);

        var stamp = Guid.NewGuid().ToString("N");
        await db.Users.Where(a => a.Id == caller.Id).ExecuteUpdateAsync(set => set.SetProperty(a => a.SecurityStamp, stamp), cancellation);
        notices.Queue(notice, await db.Users.AsNoTracking().SingleAsync(a => a.Id == caller.Id, cancellation), http);
        var ended = endOtherSessions ? await ending.MarkAllAsync(caller.Id, except: caller.Session, [SessionKind.Browser], cancellation) : [];
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return (null, await ending.SettleAsync(caller.Id, ended, cancellation));
    }

    private async Task<SecondFactors> TrackAsync(Guid account, CancellationToken cancellation)
    {
        if (await db.SecondFactors.SingleOrDefaultAsync(f => f.AccountId == account, cancellation) is { } factors)
            return factors;

        factors = new SecondFactors { AccountId = account };
        db.Add(factors);
        return factors;
    }

    private static Results<Ok<RecoveryCodesResponse>, ProblemHttpResult> Show(HttpContext http, IReadOnlyList<string>? shown, bool effective)
    {
        http.Response.Headers.CacheControl = "no-store";
        return effective ? TypedResults.Ok(new RecoveryCodesResponse(shown)) : NotYetEffective(shown);
    }

    /// <summary>The change stands: codes that are shown once are shown even so.</summary>
    private static ProblemHttpResult NotYetEffective(IReadOnlyList<string>? shown)
    {
        var problem = SessionEnding.NotYetEffective();
        problem.ProblemDetails.Detail = "The change was made and the other sessions have ended, but not every service knows yet. DELETE /api/v1/auth/sessions waits for them.";
        if (shown is not null)
            problem.ProblemDetails.Extensions["recoveryCodes"] = shown;
        return problem;
    }

    private static ProblemHttpResult NotActive() => Problems.Unauthorized("unauthenticated", "This account is not in use any more.");

    private static ProblemHttpResult TwoFactorOff() => Problems.Conflict("two_factor_off", "Turn a second factor on first.");
}
