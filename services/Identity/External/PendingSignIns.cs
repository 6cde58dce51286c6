using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.External.Providers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.External;

/// <summary>Sign-ins with providers that are still to be finished, each by the browser that began it, within ten minutes, once.</summary>
internal sealed class PendingSignIns(IdentityDb db, PendingCookie cookie, ReservedNames reserved, TimeProvider clock)
{
    public static ProblemHttpResult None() =>
        Problems.NotFound("no_pending_sign_in", "There is no sign-in to finish: it was finished, is too old, or was begun elsewhere. Begin again with the provider.");

    /// <summary>Keeps what is to be finished by a second factor, or by taking back that the account is disabled.</summary>
    public Task AddAsync(HttpContext http, ExternalProfile profile, bool remember, Account account, bool links, IReadOnlyList<string>? secondFactor, CancellationToken cancellation) =>
        AddAsync(http, cookie.Set(http.Response), hash => new PendingSignIn
        {
            Hash = hash,
            Provider = profile.Provider,
            ProviderKey = profile.Key,
            AccountId = account.Id,
            SecurityStamp = account.SecurityStamp,
            Links = links,
            SecondFactor = secondFactor?.ToList(),
            Remember = remember,
            ExpiresAt = clock.GetUtcNow() + SignInRequest.GoodFor,
        }, cancellation);

    /// <summary>Keeps what is to be finished by registering.</summary>
    public Task AddAsync(HttpContext http, ExternalProfile profile, bool remember, CancellationToken cancellation) =>
        AddAsync(http, cookie.Set(http.Response), hash => new PendingSignIn
        {
            Hash = hash,
            Provider = profile.Provider,
            ProviderKey = profile.Key,
            Email = profile.VerifiedEmail,
            Suggestion = SuggestedUsername.Reduce(profile, reserved),
            DisplayName = profile.DisplayName,
            Remember = remember,
            ExpiresAt = clock.GetUtcNow() + SignInRequest.GoodFor,
        }, cancellation);

    /// <summary>The browser's, without taking it.</summary>
    /// <param name="isNew">Whether it is to be of somebody new, or of an account.</param>
    public async Task<PendingSignIn?> FindAsync(HttpRequest request, bool isNew, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return PendingCookie.Read(request) is { } hash
            ? await db.PendingSignIns.AsNoTracking().SingleOrDefaultAsync(p => p.Hash == hash && p.AccountId == null == isNew && p.ExpiresAt > now, cancellation)
            : null;
    }

    /// <summary>Takes the browser's: of parallel requests one gets it.</summary>
    /// <param name="isNew">Whether it is to be of somebody new, or of an account.</param>
    public async Task<PendingSignIn?> TakeAsync(HttpRequest request, bool isNew, CancellationToken cancellation)
    {
        if (PendingCookie.Read(request) is not { } hash)
            return null;

        var now = clock.GetUtcNow();
        var taken = await db.PendingSignIns
            .FromSql($"delete from pending_sign_ins where hash = {hash} and (account_id is null) = {isNew} and expires_at > {now} returning *")
            .AsNoTracking().ToListAsync(cancellation);
        return taken.SingleOrDefault();
    }

    /// <summary>Gives back what was taken and not finished.</summary>
    public async Task PutBackAsync(PendingSignIn pending, CancellationToken cancellation)
    {
        db.Add(pending);
        await db.SaveChangesAsync(cancellation);
    }

    /// <summary>The browser has no use for its cookie any more.</summary>
    public void Forget(HttpContext http) => cookie.Clear(http.Response);

    private async Task AddAsync(HttpContext http, byte[] hash, Func<byte[], PendingSignIn> create, CancellationToken cancellation)
    {
        // What the browser has begun before, and what nobody came back for.
        var replaced = PendingCookie.Read(http.Request);
        var now = clock.GetUtcNow();
        await db.PendingSignIns.Where(p => p.Hash == replaced || p.ExpiresAt <= now).ExecuteDeleteAsync(cancellation);
        db.Add(create(hash));
        await db.SaveChangesAsync(cancellation);
    }
}
