using Chat.Identity.Data;
using Chat.Identity.Mail;
using Chat.Identity.Verification;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Identity.Accounts;

/// <summary>Adds accounts; the database decides who was first to take a name.</summary>
internal sealed class AccountRegister(IdentityDb db, UserManager<Account> accounts, Mails mails, MailRequests requests, TimeProvider clock)
{
    /// <summary>Runs inside the caller's transaction. Others are told of the account once it is verified (<see cref="AccountActivation"/>).</summary>
    public async Task<Results<Created<AccountResponse>, ProblemHttpResult>> RegisterAsync(
        Registration registration, string passwordHash, CancellationToken cancellation)
    {
        var (account, refusal) = await AddAsync(new AccountNames(registration.Username, registration.DisplayName), registration.Email, passwordHash);
        if (account is null)
            return refusal ?? throw new InvalidOperationException("An account was neither added nor refused.");

        // Whether the address has an account already is found out when the mail is written: the answer here cannot tell.
        if (await requests.MayTellRegisteredAsync(registration.Email))
            mails.Queue(MailKind.VerifyEmail, registration.Email, account.Id);
        await db.SaveChangesAsync(cancellation);
        return TypedResults.Created("/api/v1/users/@me", AccountResponse.From(account));
    }

    /// <summary>The account, whose address is not verified yet. Runs inside the caller's transaction, which a refusal must roll back.</summary>
    /// <param name="passwordHash">Null: it is signed in to by other means.</param>
    public async Task<(Account? Account, ProblemHttpResult? Refusal)> AddAsync(AccountNames names, string email, string? passwordHash)
    {
        var now = clock.GetUtcNow();
        var account = new Account
        {
            Id = Guid.CreateVersion7(now),
            UserName = names.Username,
            Email = email,
            DisplayName = names.DisplayName,
            PasswordHash = passwordHash,
            CreatedAt = now,
        };

        try
        {
            var result = await accounts.CreateAsync(account);
            return result.Succeeded ? (account, null) : (null, Refusal(result));
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return (null, UsernameTaken());
        }
    }

    private static ProblemHttpResult Refusal(IdentityResult result)
    {
        var codes = result.Errors.Select(error => error.Code).ToHashSet(StringComparer.Ordinal);
        if (codes.Contains(nameof(IdentityErrorDescriber.DuplicateUserName)))
            return UsernameTaken();

        throw new InvalidOperationException($"An account that passed validation was refused: {string.Join(", ", codes)}.");
    }

    private static ProblemHttpResult UsernameTaken() => Problems.Conflict("username_taken", "This username is taken.");
}
