using System.Runtime.ExceptionServices;
using System.Text.Json;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Passkeys;

/// <summary>
/// Registering and showing passkeys (WebAuthn, https://www.w3.org/TR/webauthn-3/). The framework checks what a browser answers; its state stays here meanwhile, and no cookie is involved.
/// </summary>
internal sealed partial class PasskeyCeremonies(
    IdentityDb db, IPasskeyHandler<Account> handler, PasskeyChallenges challenges, TimeProvider clock, ILogger<PasskeyCeremonies> logger)
{
    /// <summary>Options to make a passkey by. The browser refuses an authenticator that holds one of the account's already.</summary>
    public async Task<PasskeyOptionsResponse> BeginRegistrationAsync(HttpContext http, Account account, CancellationToken cancellation)
    {
        var person = new PasskeyUserEntity { Id = account.Id.ToString(), Name = account.UserName ?? "", DisplayName = account.DisplayName };
        var made = await handler.MakeCreationOptionsAsync(person, http);
        var challenge = await challenges.AddAsync(PasskeyPurpose.Register, account.Id, made.AttestationState ?? "", cancellation);
        return new PasskeyOptionsResponse(challenge, JsonSerializer.Deserialize<JsonElement>(made.CreationOptionsJson));
    }

    /// <returns>The passkey, still to be stored, or why there is none.</returns>
    public async Task<(UserPasskeyInfo? Passkey, ProblemHttpResult? Refusal)> FinishRegistrationAsync(
        HttpContext http, Guid account, CeremonyRequest request, CancellationToken cancellation)
    {
        if (await challenges.TakeAsync(request.Challenge ?? default, PasskeyPurpose.Register, account, cancellation) is not { } state)
            return (null, InvalidChallenge());

        var result = await handler.PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = http, CredentialJson = request.CredentialJson, AttestationState = state });
        if (result.Succeeded)
            return (result.Passkey, null);

        Refused(result.Failure);
        if (request.Claimed("id") is { } id && await db.UserPasskeys.AnyAsync(p => p.CredentialId == id, cancellation))
            return (null, PasskeyRing.Exists());

        return (null, Problems.Create(StatusCodes.Status400BadRequest, "invalid_passkey", "This passkey cannot be registered here."));
    }

    /// <summary>Options to show a passkey by: one of the account's, or without an account whichever the person chooses.</summary>
    public async Task<PasskeyOptionsResponse> BeginAssertionAsync(HttpContext http, PasskeyPurpose purpose, Account? account, CancellationToken cancellation)
    {
        var made = await handler.MakeRequestOptionsAsync(account, http);
        var challenge = await challenges.AddAsync(purpose, account?.Id, made.AssertionState ?? "", cancellation);
        return new PasskeyOptionsResponse(challenge, JsonSerializer.Deserialize<JsonElement>(made.RequestOptionsJson));
    }

    /// <param name="account">Whose passkey it must be; null where that is what is asked.</param>
    /// <returns>Whose passkey was shown, as it was before it was checked; or the same refusal whatever was wrong with it.</returns>
    public async Task<(Account? Account, ProblemHttpResult? Refusal)> FinishAssertionAsync(
        HttpContext http, PasskeyPurpose purpose, Guid? account, CeremonyRequest request, CancellationToken cancellation)
    {
        if (await challenges.TakeAsync(request.Challenge ?? default, purpose, account, cancellation) is not { } state)
            return (null, InvalidChallenge());

        var result = await handler.PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = http, CredentialJson = request.CredentialJson, AssertionState = state });

        // The framework loads what it checks into the context; none of it is to be saved from there.
        db.ChangeTracker.Clear();
        if (!result.Succeeded)
        {
            Refused(result.Failure);
            return (null, InvalidPasskey());
        }

        return await UseAsync(result.User.Id, result.Passkey, cancellation) ? (result.User, null) : (null, InvalidPasskey());
    }

    /// <summary>Notes the use, unless the passkey was removed or another use was faster to count so far: then there are two of an authenticator that can be but one.</summary>
    private async Task<bool> UseAsync(Guid account, UserPasskeyInfo passkey, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var count = (long)passkey.SignCount;
        return await db.Database.ExecuteSqlAsync($"""
            update account_passkeys
            set last_used_at = {now}, data = data || jsonb_build_object('SignCount', {count}, 'IsBackedUp', {passkey.IsBackedUp})
            where credential_id = {passkey.CredentialId} and account_id = {account}
                and ((data->>'SignCount')::bigint < {count} or ({count} = 0 and (data->>'SignCount')::bigint = 0))
            """, cancellation) == 1;
    }

    // The framework turns every exception into a refusal, PostgreSQL's absence included.
    private void Refused(PasskeyException failure)
    {
        if (failure.InnerException is { } cause && cause.IsFromDatabase())
            ExceptionDispatchInfo.Throw(cause);

        LogRefused(failure.Message);
    }

    private static ProblemHttpResult InvalidChallenge() => Problems.Create(
        StatusCodes.Status400BadRequest, "invalid_challenge", "This challenge was used, has expired or was given out for something else. Ask for another.");

    private static ProblemHttpResult InvalidPasskey() => Problems.Unauthorized("invalid_passkey", "This passkey is not known here, or was not shown as it must be.");

    [LoggerMessage(LogLevel.Information, "A passkey was refused: {Reason}")]
    private partial void LogRefused(string reason);
}
