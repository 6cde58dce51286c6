using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.External.Providers;
using Chat.Identity.Mail;
using Chat.Identity.Notices;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Identity.External;

/// <summary>The logins of providers that are linked to accounts: a login to one account, and an account to one login of each provider.</summary>
internal sealed class ExternalLogins(
    IdentityDb db, ExternalProviders providers, SessionOpening opening, SessionEnding ending, WaysIn ways, SecurityNotices notices, Mails mails)
{
    public async Task<Account?> FindAsync(ExternalProfile profile, CancellationToken cancellation) => await db.UserLogins.AsNoTracking()
        .Where(l => l.LoginProvider == profile.Provider && l.ProviderKey == profile.Key)
        .Join(db.Users, l => l.UserId, a => a.Id, (_, account) => account).AsNoTracking().SingleOrDefaultAsync(cancellation);

    public async Task<IReadOnlySet<string>> LinkedAsync(Guid account, CancellationToken cancellation) =>
        (await db.UserLogins.Where(l => l.UserId == account).Select(l => l.LoginProvider).ToListAsync(cancellation)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Links to the account of whoever is signed in.</summary>
    public async Task<SignInOutcome> LinkAsync(HttpContext http, Caller caller, ExternalProfile profile, CancellationToken cancellation)
    {
        var account = caller.Id;
        var owner = await FindAsync(profile, cancellation);
        if (owner is not null)
            return owner.Id == account ? SignInOutcome.Linked : SignInOutcome.Error("already_linked");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(caller, cancellation))
            return SignInOutcome.Error("session_changed");
        if (await db.UserLogins.AnyAsync(l => l.UserId == account && l.LoginProvider == profile.Provider, cancellation))
            return SignInOutcome.Error("other_login_linked");

        await db.UnlinkedLogins.Where(l => l.AccountId == account && l.Provider == profile.Provider && l.ProviderKey == profile.Key).ExecuteDeleteAsync(cancellation);
        if (!await TryAddAsync(http, account, profile.Provider, profile.Key, cancellation))
            return SignInOutcome.Error("already_linked");

        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return SignInOutcome.Linked;
    }

    /// <summary>Whether a login may be linked for having the account's address: not in place of another login, and not once the owner has removed it.</summary>
    public async Task<bool> MayLinkByAddressAsync(Guid account, ExternalProfile profile, CancellationToken cancellation) =>
        !await db.UserLogins.AnyAsync(l => l.UserId == account && l.LoginProvider == profile.Provider, cancellation)
        && !await db.UnlinkedLogins.AnyAsync(l => l.AccountId == account && l.Provider == profile.Provider && l.ProviderKey == profile.Key, cancellation);

    /// <summary>Links what has just signed in to the account for having its address. If something came in between, the next sign-in decides anew.</summary>
    public async Task LinkByAddressAsync(HttpContext http, Account account, string provider, string key, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await opening.HoldAsync(account.Id, account.SecurityStamp, cancellation)
            && !await db.UserLogins.AnyAsync(l => l.UserId == account.Id && l.LoginProvider == provider, cancellation)
            && await TryAddAsync(http, account.Id, provider, key, cancellation))
        {
            await transaction.CommitAsync(cancellation);
            mails.Wake();
        }
    }

    /// <summary>Adds the login of somebody who is just registering, in the caller's transaction.</summary>
    public void Add(Guid account, string provider, string key) => db.UserLogins.Add(new IdentityUserLogin<Guid>
    {
        LoginProvider = provider,
        ProviderKey = key,
        ProviderDisplayName = NameOf(provider),
        UserId = account,
    });

    public async Task<Results<NoContent, ProblemHttpResult>> UnlinkAsync(HttpContext http, Caller caller, string provider, bool endOtherSessions, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(caller, cancellation))
            return Problems.Unauthorized("unauthenticated", "This account is not in use any more.");

        var login = await db.UserLogins.SingleOrDefaultAsync(l => l.UserId == caller.Id && l.LoginProvider == provider, cancellation);
        if (login is null)
            return Problems.NotFound("not_linked", "No login of this provider is linked to the account.");
        db.Remove(login);
        await db.SaveChangesAsync(cancellation);
        if (!await ways.AnyAsync(caller.Id, cancellation))
            return WaysIn.Last();

        db.Add(new UnlinkedLogin { AccountId = caller.Id, Provider = provider, ProviderKey = login.ProviderKey });
        notices.Queue($"A login with {NameOf(provider)} was removed from your account.", await db.Users.AsNoTracking().SingleAsync(a => a.Id == caller.Id, cancellation), http);

        // A sign-in by this login that was checked a moment ago and holds no session yet gets none.
        var stamp = Guid.NewGuid().ToString("N");
        await db.Users.Where(a => a.Id == caller.Id).ExecuteUpdateAsync(set => set.SetProperty(a => a.SecurityStamp, stamp), cancellation);
        var ended = endOtherSessions ? await ending.MarkAllAsync(caller.Id, except: caller.Session, [SessionKind.Browser], cancellation) : [];
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        mails.Wake();
        return await ending.SettleAsync(caller.Id, ended, cancellation) ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    /// <returns>False when the login was linked to another account just before; the caller's transaction is then of no use.</returns>
    private async Task<bool> TryAddAsync(HttpContext http, Guid account, string provider, string key, CancellationToken cancellation)
    {
        Add(account, provider, key);
        notices.Queue($"A login with {NameOf(provider)} was linked to your account.", await db.Users.AsNoTracking().SingleAsync(a => a.Id == account, cancellation), http);
        try
        {
            await db.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return false;
        }
    }

    private string NameOf(string provider) => providers.Find(provider)?.Name ?? provider;
}
