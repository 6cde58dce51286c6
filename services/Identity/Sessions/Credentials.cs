using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Passwords;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Sessions;

/// <summary>Finds the account that somebody claims to be and checks the password.</summary>
internal sealed class Credentials(IdentityDb db, PasswordHashing passwords, ILookupNormalizer normalizer)
{
    /// <param name="login">Username or e-mail address, as typed.</param>
    public async Task<Account?> FindAsync(string login, CancellationToken cancellation)
    {
        // What no account can be called never reaches the database, which rejects some of it (U+0000).
        if (EmailAddress.TryParse(login, out var email))
        {
            var normalized = normalizer.NormalizeEmail(email);
            return await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.NormalizedEmail == normalized, cancellation);
        }

        if (Username.TryParse(login, out var username))
        {
            var normalized = normalizer.NormalizeName(username);
            return await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.NormalizedUserName == normalized, cancellation);
        }

        return null;
    }

    /// <summary>Does the same work whether the account exists or not, and renews a hash that is weaker than configured.</summary>
    public async Task<PasswordVerdict> CheckAsync(Account? account, string password, CancellationToken cancellation)
    {
        var verdict = await passwords.VerifyAsync(account?.PasswordHash, password, cancellation);
        if (verdict is PasswordVerdict.RightButOutdated && account is not null && await passwords.HashAsync(password, cancellation) is { } renewed)
        {
            // Unless the password was changed in between.
            await db.Users.Where(a => a.Id == account.Id && a.PasswordHash == account.PasswordHash)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.PasswordHash, renewed), cancellation);
        }

        return verdict;
    }
}
