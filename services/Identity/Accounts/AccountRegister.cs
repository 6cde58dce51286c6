using Chat.Contracts;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Identity.Accounts;

/// <summary>Adds accounts; the database decides who was first to take a name.</summary>
internal sealed class AccountRegister(IdentityDb db, UserManager<Account> accounts, TimeProvider clock)
{
    /// <summary>Runs inside the caller's transaction, together with the event that tells of the account.</summary>
    public async Task<Results<Created<AccountResponse>, ProblemHttpResult>> RegisterAsync(
        Registration registration, string passwordHash, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var account = new Account
        {
            Id = Guid.CreateVersion7(now),
            UserName = registration.Username,
            Email = registration.Email,
            DisplayName = registration.DisplayName,
            PasswordHash = passwordHash,
            CreatedAt = now,
        };

        try
        {
            var result = await accounts.CreateAsync(account);
            if (!result.Succeeded)
                return Refusal(result);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation)
        {
            return violation.ConstraintName == AccountConfiguration.EmailIndex ? EmailTaken() : UsernameTaken();
        }

        db.Add(OutboxMessage.From(
            new UserUpdated { User = account.Id, Username = registration.Username, DisplayName = account.DisplayName, At = now }, account.Id.ToString()));
        await db.SaveChangesAsync(cancellation);
        return TypedResults.Created("/api/v1/users/@me", AccountResponse.From(account));
    }

    private static ProblemHttpResult Refusal(IdentityResult result)
    {
        var codes = result.Errors.Select(error => error.Code).ToHashSet(StringComparer.Ordinal);
        if (codes.Contains(nameof(IdentityErrorDescriber.DuplicateUserName)))
            return UsernameTaken();
        if (codes.Contains(nameof(IdentityErrorDescriber.DuplicateEmail)))
            return EmailTaken();

        throw new InvalidOperationException($"An account that passed validation was refused: {string.Join(", ", codes)}.");
    }

    private static ProblemHttpResult UsernameTaken() => Problems.Conflict("username_taken", "This username is taken.");

    // Tells a stranger that the address has an account; unavoidable until the answer can go to the mailbox instead.
    private static ProblemHttpResult EmailTaken() => Problems.Conflict("email_taken", "This e-mail address has an account already.");
}
