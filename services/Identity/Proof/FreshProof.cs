using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.Identity.TwoFactor;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Proof;

/// <summary>
/// What concerns an account's security asks for credentials that were shown within the last five minutes: by signing in, or by <c>POST auth/proof</c>.
/// </summary>
internal sealed class FreshProof(IdentityDb db, SecondFactorCheck secondFactor, TimeProvider clock)
{
    public static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(5);

    /// <summary>Null when the proof is fresh, else 403 <c>proof_required</c> with the ways to give it.</summary>
    public async Task<ProblemHttpResult?> RequireAsync(Caller caller, CancellationToken cancellation)
    {
        if (await UntilAsync(caller, cancellation) is not null)
            return null;

        return Problems.Create(
            StatusCodes.Status403Forbidden, "proof_required", "Prove again that it is you, by POST /api/v1/auth/proof.", ("methods", await MethodsAsync(caller.Id, cancellation)));
    }

    /// <summary>Notes that the session's person has just shown credentials.</summary>
    /// <returns>False when it is no browser's: tokens and grants cannot prove anything.</returns>
    public async Task<bool> RecordAsync(Guid session, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return await db.Sessions.Where(s => s.Id == session && s.Kind == SessionKind.Browser)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.ProvedAt, now), cancellation) == 1;
    }

    /// <summary>Until when the proof is fresh; null when it is not.</summary>
    public Task<DateTimeOffset?> UntilAsync(Caller caller, CancellationToken cancellation) => UntilAsync(caller.Session, caller.Id, cancellation);

    /// <inheritdoc cref="UntilAsync(Caller, CancellationToken)"/>
    public async Task<DateTimeOffset?> UntilAsync(Guid session, Guid account, CancellationToken cancellation)
    {
        var since = clock.GetUtcNow() - GoodFor;
        var proved = await db.Sessions.Where(s => s.Id == session && s.AccountId == account && s.Kind == SessionKind.Browser && s.ProvedAt >= since)
            .Select(s => s.ProvedAt).SingleOrDefaultAsync(cancellation);
        return proved + GoodFor;
    }

    /// <summary>
    /// <c>password</c>, <c>passkey</c>. An account that has neither proves by its second factor, <c>totp</c>, <c>mail</c> or <c>recovery</c>, and without one by <c>mail</c>.
    /// </summary>
    public async Task<IReadOnlyList<string>> MethodsAsync(Guid account, CancellationToken cancellation)
    {
        var methods = new List<string>();
        if (await db.Users.AnyAsync(a => a.Id == account && a.PasswordHash != null, cancellation))
            methods.Add("password");
        if (await db.UserPasskeys.AnyAsync(p => p.UserId == account, cancellation))
            methods.Add("passkey");
        if (methods.Count > 0)
            return methods;

        var factors = await secondFactor.MethodsAsync(account, cancellation);
        return factors.Count == 0 ? ["mail"] : [.. factors.Select(factor => factor == "email" ? "mail" : factor)];
    }
}

internal static class FreshProofFilter
{
    /// <summary>Refuses the request with 403 <c>proof_required</c> unless the caller's session has a fresh proof.</summary>
    public static TBuilder RequireFreshProof<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            if (Caller.From(http.User) is not { } caller)
                return Problems.Unauthorized("unauthenticated", "Sign in first.");

            return await http.RequestServices.GetRequiredService<FreshProof>().RequireAsync(caller, http.RequestAborted) is { } refusal ? refusal : await next(context);
        });
}
