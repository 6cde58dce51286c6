using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.Identity.TwoFactor;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Proof;

internal static class ProofEndpoints
{
    public static void MapProof(this IEndpointRouteBuilder routes)
    {
        var proof = routes.MapGroup("/auth/proof");
        proof.MapGet("/", Status);
        proof.MapPost("/", Prove);
        proof.MapPost("/mail", MailCode);
    }

    private static async Task<Ok<ProofStatus>> Status(Caller caller, FreshProof proof, CancellationToken cancellation) =>
        TypedResults.Ok(new ProofStatus(await proof.UntilAsync(caller, cancellation), await proof.MethodsAsync(caller.Id, cancellation)));

    private static async Task<Results<NoContent, ProblemHttpResult>> Prove(
        ProofRequest request, Caller caller, HttpContext http, [AsParameters] ProofServices services, CancellationToken cancellation)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return Problems.Validation(errors);
        if (await FindAsync(services.Db, caller, cancellation) is not { } account)
            return NotActive();

        var refusal = account.PasswordHash is not null
            ? await ByPasswordAsync(request, http, account, services, cancellation)
            : await ByCodeAsync(request, http, account, services, cancellation);
        if (refusal is not null)
            return refusal;

        return await services.Proof.RecordAsync(caller.Session, cancellation)
            ? TypedResults.NoContent()
            : Problems.Forbidden("proof_not_possible", "Only a person in a browser can prove who they are, no token.");
    }

    /// <summary>For accounts with neither password nor passkey, and for those whose second factor is codes by mail.</summary>
    private static async Task<Results<Accepted, ProblemHttpResult>> MailCode(
        Caller caller, [AsParameters] ProofServices services, CancellationToken cancellation)
    {
        if (await FindAsync(services.Db, caller, cancellation) is not { } account)
            return NotActive();

        var methods = await services.Proof.MethodsAsync(caller.Id, cancellation);
        if (!methods.Contains("mail") && !(await services.SecondFactor.MethodsAsync(caller.Id, cancellation)).Contains("email"))
            return NotThisWay(methods);

        return await services.Codes.SendAsync(account, CodePurpose.Proof, cancellation) is { } refusal ? refusal : TypedResults.Accepted((string?)null);
    }

    private static async Task<ProblemHttpResult?> ByPasswordAsync(
        ProofRequest request, HttpContext http, Account account, ProofServices services, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(request.Password))
            return Problems.Validation(new FieldError("password", "required", "The password is required."));

        var (right, refusal) = await services.Credentials.CheckAsync(http, account, request.Password, cancellation);
        return right is null ? refusal : (await services.SecondFactor.CheckAsync(http, account, request.Code, CodePurpose.Proof, cancellation)).Refusal;
    }

    /// <summary>Without a password the second factor alone, where there is one: it is worth more than the mailbox, which lies open in the same browser.</summary>
    private static async Task<ProblemHttpResult?> ByCodeAsync(
        ProofRequest request, HttpContext http, Account account, ProofServices services, CancellationToken cancellation)
    {
        var methods = await services.Proof.MethodsAsync(account.Id, cancellation);
        if (methods is ["passkey"])
            return NotThisWay(methods);
        if (methods is not ["mail"] || (await services.SecondFactor.MethodsAsync(account.Id, cancellation)).Count > 0)
            return (await services.SecondFactor.CheckAsync(http, account, request.Code, CodePurpose.Proof, cancellation)).Refusal;
        if (string.IsNullOrWhiteSpace(request.Code))
            return Problems.Validation(new FieldError("code", "required", "The code from the mail is required."));

        var (refusal, attempt) = await services.Attempts.CountAsync(http, account.Id);
        if (refusal is not null)
            return refusal;
        if (SecondFactorCheck.Digits(request.Code) is not { } digits || !await services.Codes.TakeAsync(account, CodePurpose.Proof, digits, cancellation))
            return SecondFactorCheck.InvalidCode();

        await attempt.TakeBackAsync();
        return null;
    }

    private static Task<Account?> FindAsync(IdentityDb db, Caller caller, CancellationToken cancellation) =>
        db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == caller.Id && a.State == AccountState.Active, cancellation);

    private static ProblemHttpResult NotActive() => Problems.Unauthorized("unauthenticated", "This account is not in use any more.");

    private static ProblemHttpResult NotThisWay(IReadOnlyList<string> methods) =>
        Problems.Create(StatusCodes.Status409Conflict, "method_not_available", "This account proves who it is in another way.", ("methods", methods));
}

internal sealed record ProofServices(IdentityDb Db, FreshProof Proof, Credentials Credentials, SecondFactorCheck SecondFactor, MailedCodes Codes, CodeAttempts Attempts);
