using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.External.Providers;
using Chat.Identity.Sessions;
using Chat.Identity.TwoFactor;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.External;

/// <summary>
/// Whose account a login of a provider opens. One that is linked opens its account. Another may be linked by whoever is signed in, or by having the verified address of an account
/// that verified it here as well; and with no such account it makes one.
/// </summary>
internal sealed class ExternalSignIn(
    IdentityDb db, ExternalLogins logins, PendingSignIns pending, SecondFactorCheck secondFactor, MailedCodes codes, SignInCompletion completion, ILookupNormalizer normalizer)
{
    // RFC 8176 has no value for another provider's word; Microsoft's tokens say "fed" (https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference).
    public const string Method = "fed";

    // What CompleteAsync refuses and reactivate: true overcomes.
    private static readonly string[] Reversible = ["account_disabled", "account_deleting"];

    /// <summary>The browser is back from the provider.</summary>
    public async Task<SignInOutcome> CompleteAsync(HttpContext http, ExternalProfile profile, SignInRequest request, CancellationToken cancellation)
    {
        if (request.Account is { } linkTo)
        {
            // Whoever asked for it, and nobody who has signed in in the same browser since then.
            return Caller.From(http.User) is { } caller && caller.Id == linkTo && caller.Session == request.Session
                ? await logins.LinkAsync(http, caller, profile, cancellation)
                : SignInOutcome.Error("session_changed");
        }

        if (await logins.FindAsync(profile, cancellation) is { } owner)
            return await SignInAsync(http, owner, profile, request, links: false, cancellation);

        if (profile.VerifiedEmail is null)
            return SignInOutcome.Error("external_email_not_verified");

        var normalized = normalizer.NormalizeEmail(profile.VerifiedEmail);
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.NormalizedEmail == normalized && a.EmailConfirmed, cancellation) is { } namesake)
        {
            return await logins.MayLinkByAddressAsync(namesake.Id, profile, cancellation)
                ? await SignInAsync(http, namesake, profile, request, links: true, cancellation)
                : SignInOutcome.Error("external_not_linked");
        }

        await pending.AddAsync(http, profile, request.Remember, cancellation);
        return SignInOutcome.RegistrationRequired;
    }

    /// <summary>The second factor, or that the account is wanted back, for a sign-in that waits for it.</summary>
    public async Task<Results<Ok<LoginResponse>, ProblemHttpResult>> FinishAsync(HttpContext http, FinishSignInRequest request, CancellationToken cancellation)
    {
        // Taken first, so that it is one try at a time, and put back unless it is done.
        if (await pending.TakeAsync(http.Request, isNew: false, cancellation) is not { } taken)
            return PendingSignIns.None();
        if (await AccountOfAsync(taken, cancellation) is not { } account)
            return Problems.Unauthorized("invalid_credentials", "The account has changed in the meantime. Sign in again.");

        if (taken.SecondFactor is null)
        {
            var (wrong, shown) = await secondFactor.CheckAsync(http, account, request.Code, cancellation);
            if (wrong is not null)
            {
                await pending.PutBackAsync(taken, cancellation);
                return wrong;
            }

            taken.SecondFactor = [.. shown];
        }

        var result = await completion.CompleteAsync(http, account, [Method, .. taken.SecondFactor], taken.Remember, request.Reactivate, cancellation);
        if (result.Result is ProblemHttpResult refusal)
        {
            if (Reversible.Contains(CodeOf(refusal)))
                await pending.PutBackAsync(taken, cancellation);
            return refusal;
        }

        if (taken.Links)
            await logins.LinkByAddressAsync(http, account, taken.Provider, taken.ProviderKey, cancellation);
        pending.Forget(http);
        return result;
    }

    /// <summary>Mails a code for a sign-in that waits for one.</summary>
    public async Task<ProblemHttpResult?> MailCodeAsync(HttpContext http, CancellationToken cancellation)
    {
        if (await pending.FindAsync(http.Request, isNew: false, cancellation) is not { SecondFactor: null } found || await AccountOfAsync(found, cancellation) is not { } account)
            return PendingSignIns.None();

        return (await secondFactor.MethodsAsync(account.Id, cancellation)).Contains("email") ? await codes.SendAsync(account, CodePurpose.SignIn, cancellation) : FactorChanges.NotFound();
    }

    /// <summary>Null when its credentials have changed since then.</summary>
    private async Task<Account?> AccountOfAsync(PendingSignIn found, CancellationToken cancellation) =>
        await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == found.AccountId && a.SecurityStamp == found.SecurityStamp, cancellation);

    private async Task<SignInOutcome> SignInAsync(
        HttpContext http, Account account, ExternalProfile profile, SignInRequest request, bool links, CancellationToken cancellation)
    {
        var (refusal, shown) = await secondFactor.CheckAsync(http, account, code: null, cancellation);
        if (refusal is not null)
        {
            if (CodeOf(refusal) is not "two_factor_required")
                return SignInOutcome.Error(CodeOf(refusal));

            await pending.AddAsync(http, profile, request.Remember, account, links, secondFactor: null, cancellation);
            return SignInOutcome.TwoFactorRequired;
        }

        var result = await completion.CompleteAsync(http, account, [Method, .. shown], request.Remember, reactivate: false, cancellation);
        if (result.Result is ProblemHttpResult refused)
        {
            if (Reversible.Contains(CodeOf(refused)))
                await pending.AddAsync(http, profile, request.Remember, account, links, shown, cancellation);
            return SignInOutcome.Error(CodeOf(refused));
        }

        // After the account's state and second factor: who fails them links nothing.
        if (links)
            await logins.LinkByAddressAsync(http, account, profile.Provider, profile.Key, cancellation);
        return SignInOutcome.SignedIn;
    }

    private static string CodeOf(ProblemHttpResult problem) => problem.ProblemDetails.Extensions.TryGetValue("code", out var code) && code is string text ? text : "request_failed";
}
