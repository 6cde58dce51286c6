using Chat.Identity.Data;
using Chat.Identity.External;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Accounts;

/// <summary>What an account can be signed in to by: its password, its passkeys, its external logins. The last one stays.</summary>
internal sealed class WaysIn(IdentityDb db, ExternalProviders providers)
{
    /// <summary>
    /// Whether one is left. For whoever has removed one, in a transaction that holds the account, so that two at once do not remove the last two, and that is rolled back if not.
    /// </summary>
    public async Task<bool> AnyAsync(Guid account, CancellationToken cancellation)
    {
        // A login of a provider that is not configured (any more) signs nobody in.
        var usable = providers.Keys;
        return await db.Users.AnyAsync(a => a.Id == account && a.PasswordHash != null, cancellation)
            || await db.UserPasskeys.AnyAsync(p => p.UserId == account, cancellation)
            || await db.UserLogins.AnyAsync(l => l.UserId == account && usable.Contains(l.LoginProvider), cancellation);
    }

    public static ProblemHttpResult Last() => Problems.Conflict("last_way_in", "Nothing else signs in to this account. Set a password or add another way first.");
}
