using Chat.Identity.Data;
using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.TwoFactor;

internal static class TwoFactorEndpoints
{
    public static void MapTwoFactor(this IEndpointRouteBuilder routes)
    {
        var factors = routes.MapGroup("/auth/two-factor");
        factors.MapGet("/", Status);
        factors.MapPost("/email/code", MailSignInCode).AllowAnonymous();

        var changes = factors.MapGroup("").RequireFreshProof();
        changes.MapPost("/totp", BeginApp);
        changes.MapPost("/totp/confirm", ConfirmApp);
        changes.MapDelete("/totp", RemoveApp);
        changes.MapPost("/email", BeginMail);
        changes.MapPost("/email/confirm", ConfirmMail);
        changes.MapDelete("/email", RemoveMail);
        changes.MapPost("/recovery-codes", RenewRecoveryCodes);
    }

    private static async Task<Ok<TwoFactorStatus>> Status(Caller caller, FactorChanges changes, RecoveryCodes recovery, CancellationToken cancellation)
    {
        var factors = await changes.FindAsync(caller.Id, cancellation);
        return TypedResults.Ok(new TwoFactorStatus(
            factors is { IsOn: true }, factors?.TotpEnabledAt is not null, factors?.EmailEnabledAt is not null, await recovery.LeftAsync(caller.Id, cancellation)));
    }

    private static async Task<Results<Ok<AuthenticatorSecret>, ProblemHttpResult>> BeginApp(
        Caller caller, HttpContext http, FactorChanges changes, AuthenticatorApp app, CancellationToken cancellation)
    {
        var (secret, refusal) = await changes.BeginAppAsync(app, caller, cancellation);
        if (secret is null)
            return refusal ?? throw new InvalidOperationException("An authenticator app was neither begun nor refused.");

        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(secret);
    }

    private static async Task<Results<Ok<RecoveryCodesResponse>, ProblemHttpResult>> ConfirmApp(
        ConfirmFactorRequest request, Caller caller, HttpContext http, FactorChanges changes, AuthenticatorApp app, CancellationToken cancellation)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return Problems.Validation(errors);

        var digits = SecondFactorCheck.Digits(request.Code);
        if (await changes.FindAsync(caller.Id, cancellation) is not { } factors || !app.IsPending(factors))
            return NotBegun();
        if (digits is null || app.MatchPending(factors, digits) is null)
            return WrongCode();

        var notice = factors.TotpEnabledAt is null ? "Signing in to your account asks for a code of an authenticator app from now on." : "The authenticator app of your account was replaced.";
        return await changes.TurnOnAsync(http, caller, request.EndOtherSessions, notice, held =>
        {
            // Asked again now that nobody else can confirm or begin.
            if (!app.IsPending(held))
                return NotBegun();
            if (app.MatchPending(held, digits) is not { } step)
                return WrongCode();

            app.TurnOn(held, step);
            return null;
        }, cancellation);
    }

    private static Task<Results<NoContent, ProblemHttpResult>> RemoveApp(
        Caller caller, HttpContext http, FactorChanges changes, CancellationToken cancellation, bool endOtherSessions = false) =>
        changes.TurnOffAsync(http, caller, endOtherSessions, "The authenticator app was removed from your account.", held =>
        {
            var wasOn = held.TotpEnabledAt is not null;
            AuthenticatorApp.TurnOff(held);
            return wasOn;
        }, cancellation);

    private static async Task<Results<Accepted, ProblemHttpResult>> BeginMail(
        Caller caller, IdentityDb db, FactorChanges changes, MailedCodes codes, CancellationToken cancellation)
    {
        if (await changes.FindAsync(caller.Id, cancellation) is { EmailEnabledAt: not null })
            return MailIsOn();

        var account = await db.Users.AsNoTracking().SingleAsync(a => a.Id == caller.Id, cancellation);
        return await codes.SendAsync(account, CodePurpose.EnableEmail, cancellation) is { } refusal ? refusal : TypedResults.Accepted((string?)null);
    }

    private static async Task<Results<Ok<RecoveryCodesResponse>, ProblemHttpResult>> ConfirmMail(
        ConfirmFactorRequest request, Caller caller, HttpContext http, [AsParameters] MailFactorServices services, CancellationToken cancellation)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return Problems.Validation(errors);
        if (await services.Changes.FindAsync(caller.Id, cancellation) is { EmailEnabledAt: not null })
            return MailIsOn();

        var account = await services.Db.Users.AsNoTracking().SingleAsync(a => a.Id == caller.Id, cancellation);
        if (SecondFactorCheck.Digits(request.Code) is not { } digits || !await services.Codes.TakeAsync(account, CodePurpose.EnableEmail, digits, cancellation))
            return WrongCode();

        return await services.Changes.TurnOnAsync(http, caller, request.EndOtherSessions, "Codes by mail were turned on for signing in to your account.", held =>
        {
            held.EmailEnabledAt ??= services.Clock.GetUtcNow();
            return null;
        }, cancellation);
    }

    private static Task<Results<NoContent, ProblemHttpResult>> RemoveMail(
        Caller caller, HttpContext http, FactorChanges changes, CancellationToken cancellation, bool endOtherSessions = false) =>
        changes.TurnOffAsync(http, caller, endOtherSessions, "Codes by mail were turned off for signing in to your account.", held =>
        {
            var wasOn = held.EmailEnabledAt is not null;
            held.EmailEnabledAt = null;
            return wasOn;
        }, cancellation);

    /// <summary>For somebody who signs in, has both an app and codes by mail, and chooses the mail.</summary>
    private static async Task<Results<Accepted, ProblemHttpResult>> MailSignInCode(
        MailCodeRequest request, HttpContext http, Credentials credentials, FactorChanges changes, MailedCodes codes, CancellationToken cancellation)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return Problems.Validation(errors);

        var (account, refusal) = await credentials.CheckAsync(http, request.Login ?? "", request.Password ?? "", cancellation);
        if (account is null)
            return refusal ?? throw new InvalidOperationException("Credentials were neither accepted nor refused.");
        if (await changes.FindAsync(account.Id, cancellation) is not { EmailEnabledAt: not null })
            return FactorChanges.NotFound();

        return await codes.SendAsync(account, CodePurpose.SignIn, cancellation) is { } limited ? limited : TypedResults.Accepted((string?)null);
    }

    private static Task<Results<Ok<RecoveryCodesResponse>, ProblemHttpResult>> RenewRecoveryCodes(
        Caller caller, HttpContext http, FactorChanges changes, RecoveryCodesRequest? request, CancellationToken cancellation) =>
        changes.RenewRecoveryCodesAsync(http, caller, request?.EndOtherSessions ?? false, cancellation);

    // Not 401, which is what a wrong code is where somebody proves who they are: here they are known, and show that the factor works.
    private static ProblemHttpResult WrongCode() =>
        Problems.Create(StatusCodes.Status400BadRequest, "invalid_code", "This code is wrong, was used, or is too old.");

    private static ProblemHttpResult NotBegun() => Problems.Conflict("factor_not_begun", "Ask for a new secret: there is none, or it has expired.");

    private static ProblemHttpResult MailIsOn() => Problems.Conflict("factor_exists", "Codes by mail are turned on already.");
}

internal sealed record MailFactorServices(IdentityDb Db, FactorChanges Changes, MailedCodes Codes, TimeProvider Clock);
