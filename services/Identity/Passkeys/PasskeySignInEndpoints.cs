using Chat.Identity.Limits;
using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Passkeys;

/// <summary>Showing a passkey: to sign in, without a user name, or to prove again that it is oneself.</summary>
internal static class PasskeySignInEndpoints
{
    // RFC 8176: possession of a key, a test of the user's presence, more than one factor.
    private static readonly string[] Methods = ["pop", "user", "mfa"];

    private static readonly AttemptLimit Challenges = new("passkey:challenge", 60, TimeSpan.FromMinutes(1));
    private static readonly AttemptLimit SignIns = new("passkey:sign-in", 20, TimeSpan.FromMinutes(1));
    private static readonly AttemptLimit Proofs = new("passkey:proof", 10, TimeSpan.FromMinutes(1));

    public static void MapPasskeySignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/auth/passkeys/sign-in/options", BeginSignIn).AllowAnonymous();
        routes.MapPost("/auth/passkeys/sign-in", SignIn).AllowAnonymous();
        routes.MapPost("/auth/proof/passkey/options", BeginProof);
        routes.MapPost("/auth/proof/passkey", Prove);
    }

    private static async Task<Results<Ok<PasskeyOptionsResponse>, ProblemHttpResult>> BeginSignIn(
        HttpContext http, PasskeyCeremonies ceremonies, Attempts attempts, CancellationToken cancellation)
    {
        if (await attempts.CountAsync(Challenges, Address(http)) is { } wait)
            return TooMany(wait);

        return TypedResults.Ok(await ceremonies.BeginAssertionAsync(http, PasskeyPurpose.SignIn, account: null, cancellation));
    }

    private static async Task<Results<Ok<LoginResponse>, ProblemHttpResult>> SignIn(
        PasskeySignInRequest request, HttpContext http, [AsParameters] PasskeySignInServices services, CancellationToken cancellation)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return Problems.Validation(errors);
        if (await services.Attempts.CountAsync(SignIns, Address(http)) is { } wait)
            return TooMany(wait);

        var (account, refusal) = await services.Ceremonies.FinishAssertionAsync(http, PasskeyPurpose.SignIn, account: null, request, cancellation);
        if (account is null)
            return refusal ?? throw new InvalidOperationException("A passkey was neither accepted nor refused.");

        await services.Attempts.TakeBackAsync(SignIns, Address(http));
        return await services.Completion.CompleteAsync(http, account, Methods, request.Remember, request.Reactivate, cancellation);
    }

    private static async Task<Results<Ok<PasskeyOptionsResponse>, ProblemHttpResult>> BeginProof(
        Caller caller, HttpContext http, [AsParameters] PasskeyServices services, CancellationToken cancellation)
    {
        if (await services.Attempts.CountAsync(Challenges, caller.Id.ToString()) is { } wait)
            return TooMany(wait);

        var account = await services.Db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == caller.Id, cancellation);
        if (account is null || await services.Ring.CountAsync(caller.Id, cancellation) == 0)
            return Problems.Conflict("no_passkey", "This account has no passkey.");

        return TypedResults.Ok(await services.Ceremonies.BeginAssertionAsync(http, PasskeyPurpose.Proof, account, cancellation));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Prove(
        PasskeyProofRequest request, Caller caller, HttpContext http, [AsParameters] PasskeyProofServices services, CancellationToken cancellation)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return Problems.Validation(errors);
        if (await services.Attempts.CountAsync(Proofs, caller.Id.ToString()) is { } wait)
            return TooMany(wait);

        var (account, refusal) = await services.Ceremonies.FinishAssertionAsync(http, PasskeyPurpose.Proof, caller.Id, request, cancellation);
        if (account is null)
            return refusal ?? throw new InvalidOperationException("A passkey was neither accepted nor refused.");

        await services.Attempts.TakeBackAsync(Proofs, caller.Id.ToString());
        await services.Proof.RecordAsync(caller.Session, cancellation);
        return TypedResults.NoContent();
    }

    private static string Address(HttpContext http) => ClientAddress.Subscriber(ClientAddress.Of(http));

    private static ProblemHttpResult TooMany(TimeSpan wait) => Problems.TooMany("too_many_attempts", "Too many passkeys were shown. Try again later.", wait);
}

internal sealed record PasskeySignInServices(PasskeyCeremonies Ceremonies, SignInCompletion Completion, Attempts Attempts);

internal sealed record PasskeyProofServices(PasskeyCeremonies Ceremonies, FreshProof Proof, Attempts Attempts);
