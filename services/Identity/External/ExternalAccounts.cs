using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.Identity.Verification;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Identity.External;

/// <summary>Makes the accounts of those who come from a provider for the first time. They have no password, and their address is verified.</summary>
internal sealed class ExternalAccounts(
    IdentityDb db, PendingSignIns pending, AccountRegister register, AccountActivation activation, ExternalLogins logins, SignInCompletion completion)
{
    public async Task<Results<Created<LoginResponse>, ProblemHttpResult>> RegisterAsync(HttpContext http, AccountNames names, CancellationToken cancellation)
    {
        var (account, remember, refusal) = await AddAsync(http, names, cancellation);
        if (account is null)
            return refusal ?? throw new InvalidOperationException("An account was neither made nor refused.");

        pending.Forget(http);
        var signedIn = await completion.CompleteAsync(http, account, [ExternalSignIn.Method], remember, reactivate: false, cancellation);
        return signedIn.Result switch
        {
            Ok<LoginResponse> { Value: { } response } => TypedResults.Created("/api/v1/users/@me", response),
            ProblemHttpResult problem => problem,
            _ => throw new InvalidOperationException("A sign-in was neither completed nor refused."),
        };
    }

    /// <summary>The account, its address, its login, and that the pending sign-in is used: all of it or, with a refusal, nothing.</summary>
    private async Task<(Account? Account, bool Remember, ProblemHttpResult? Refusal)> AddAsync(HttpContext http, AccountNames names, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await pending.TakeAsync(http.Request, isNew: true, cancellation) is not { Email: { } email } taken)
            return (null, false, PendingSignIns.None());

        var (added, refusal) = await register.AddAsync(names, email, passwordHash: null);
        if (added is null)
            return (null, false, refusal);
        if (!await activation.ActivateAsync(added.Id, email, cancellation))
            return (null, false, Problems.Conflict("email_taken", "Another account has verified this address in the meantime. Begin again with the provider to use that one."));

        logins.Add(added.Id, taken.Provider, taken.ProviderKey);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return (null, false, Problems.Conflict("already_linked", "This login was linked to another account in the meantime. Begin again with the provider."));
        }

        await transaction.CommitAsync(cancellation);
        return (await db.Users.AsNoTracking().SingleAsync(a => a.Id == added.Id, cancellation), taken.Remember, null);
    }
}
