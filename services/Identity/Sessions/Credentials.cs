using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Passwords;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Sessions;

/// <summary>Finds the account that somebody claims to be and checks the password; wrong attempts are counted.</summary>
internal sealed class Credentials(IdentityDb db, PasswordHashing passwords, SignInAttempts attempts, KnownDevice devices, ILookupNormalizer normalizer)
{
    /// <param name="login">Username or verified e-mail address, as typed.</param>
    public async Task<CheckedCredentials> CheckAsync(HttpContext http, string login, string password, CancellationToken cancellation)
    {
        var account = await FindAsync(login, cancellation);
        return await CheckAsync(http, account, account?.Id.ToString() ?? login.ToLowerInvariant(), password, cancellation);
    }

    /// <summary>The same for somebody who is signed in and proves it once more.</summary>
    public Task<CheckedCredentials> CheckAsync(HttpContext http, Account account, string password, CancellationToken cancellation) =>
        CheckAsync(http, account, account.Id.ToString(), password, cancellation);

    private async Task<CheckedCredentials> CheckAsync(HttpContext http, Account? account, string counted, string password, CancellationToken cancellation)
    {
        var device = account is null ? null : devices.Find(http.Request, account.Id);
        var (wait, attempt) = await attempts.CountAsync(counted, device, ClientAddress.Of(http));
        if (wait is not null)
            return new CheckedCredentials(null, Problems.TooMany("too_many_attempts", "Too many wrong sign-ins. Try again later.", wait.Value));

        switch (await VerifyAsync(account, password, device is not null, cancellation))
        {
            case PasswordVerdict.Busy:
                await attempt.TakeBackAsync();
                return new CheckedCredentials(null, PasswordHashing.Busy());
            case PasswordVerdict.Right or PasswordVerdict.RightButOutdated when account is not null:
                await attempt.TakeBackAsync();
                return new CheckedCredentials(account, null);
            default:
                return new CheckedCredentials(null, Problems.Unauthorized("invalid_credentials", "The username, e-mail address or password is wrong."));
        }
    }

    private async Task<Account?> FindAsync(string login, CancellationToken cancellation)
    {
        // What no account can be called never reaches the database, which rejects some of it (U+0000).
        if (EmailAddress.TryParse(login, out var email))
        {
            // Whoever has not verified the address has no claim to it: finding them would tell whether somebody else has.
            var normalized = normalizer.NormalizeEmail(email);
            return await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.NormalizedEmail == normalized && a.EmailConfirmed, cancellation);
        }

        if (Username.TryParse(login, out var username))
        {
            var normalized = normalizer.NormalizeName(username);
            return await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.NormalizedUserName == normalized, cancellation);
        }

        return null;
    }

    /// <summary>Does the same work whether the account exists or not, and renews a hash that is weaker than configured.</summary>
    private async Task<PasswordVerdict> VerifyAsync(Account? account, string password, bool known, CancellationToken cancellation)
    {
        var verdict = await passwords.VerifyAsync(account?.PasswordHash, password, known, cancellation);
        if (verdict is PasswordVerdict.RightButOutdated && account is not null && await passwords.HashAsync(password, cancellation) is { } renewed)
        {
            // Unless the password was changed in between.
            await db.Users.Where(a => a.Id == account.Id && a.PasswordHash == account.PasswordHash)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.PasswordHash, renewed), cancellation);
        }

        return verdict;
    }
}

/// <summary>One of the two: whose credentials they are, or why that is not known.</summary>
internal sealed record CheckedCredentials(Account? Account, ProblemHttpResult? Refusal);
