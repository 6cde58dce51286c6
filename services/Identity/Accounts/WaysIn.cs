using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Accounts;

/// <summary>What an account can be signed in to by: its password, its passkeys, its external logins. The last one stays.</summary>
internal sealed class WaysIn(IdentityDb db)
{
    /// <summary>For whoever removes one, in a transaction that holds the account, so that two at once do not remove the last two.</summary>
    public async Task<bool> IsLastAsync(Guid account, CancellationToken cancellation) => await db.Users.Where(a => a.Id == account)
        .Select(a => (a.PasswordHash != null ? 1 : 0) + db.UserPasskeys.Count(p => p.UserId == a.Id) + db.UserLogins.Count(l => l.UserId == a.Id))
        .SingleOrDefaultAsync(cancellation) < 2;

    public static ProblemHttpResult Last() => Problems.Conflict("last_way_in", "Nothing else signs in to this account. Set a password or add another way first.");
}
