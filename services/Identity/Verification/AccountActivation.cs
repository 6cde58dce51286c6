using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Identity.Verification;

/// <summary>
/// Gives an e-mail address to the account that has shown that it reads the mailbox, decides who is the first administrator, and tells others of the account: until now it could
/// do nothing.
/// </summary>
internal sealed class AccountActivation(IdentityDb db, ILookupNormalizer normalizer, IConfiguration configuration, TimeProvider clock)
{
    // Any constant unlike the other advisory locks of this database.
    private const long FirstAccountLock = 0x6669_7273_7461_63;

    /// <summary>Runs inside the caller's transaction, which a false answer must roll back.</summary>
    /// <returns>False when the address has been verified by another account, or the account is gone or verified it already.</returns>
    public async Task<bool> ActivateAsync(Guid account, string address, CancellationToken cancellation)
    {
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({FirstAccountLock})", cancellation);
        var role = await IsFirstAdminAsync(address, cancellation) ? PlatformRole.Admin : PlatformRole.User;
        var normalized = normalizer.NormalizeEmail(address);
        try
        {
            var activated = await db.Users
                .Where(a => a.Id == account && !a.EmailConfirmed && a.NormalizedEmail == normalized && a.State != AccountState.Deleted)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.EmailConfirmed, true).SetProperty(a => a.Role, role), cancellation);
            if (activated == 0)
                return false;
        }
        catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: AccountConfiguration.EmailIndex })
        {
            return false;
        }

        db.Add(Announcement.Of(await db.Users.AsNoTracking().SingleAsync(a => a.Id == account, cancellation), clock.GetUtcNow()));
        await db.SaveChangesAsync(cancellation);
        return true;
    }

    /// <summary>Whether the operator has named this address: whoever verifies it, by registering or later, is an administrator.</summary>
    public bool IsConfiguredAdmin(string address) => string.Equals(Configured, address, StringComparison.OrdinalIgnoreCase);

    private string? Configured => configuration["Admin:Email"] is { Length: > 0 } configured ? configured : null;

    /// <summary>The configured address, or without one the first account that is verified.</summary>
    private async Task<bool> IsFirstAdminAsync(string address, CancellationToken cancellation) => Configured is not null
        ? IsConfiguredAdmin(address)
        : !await db.Users.AnyAsync(a => a.EmailConfirmed, cancellation);
}
