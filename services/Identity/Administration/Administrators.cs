using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Administration;

/// <summary>Who may administer the platform, read from the database each time: a token that says so does not exist.</summary>
internal sealed class Administrators(IdentityDb db)
{
    // Any constant unlike the other advisory locks of this database.
    private const long Lock = 0x6164_6D69_6E73;

    public static ProblemHttpResult Required() => Problems.Forbidden("admin_required", "Only administrators of the platform may do this, signed in with a browser.");

    public static ProblemHttpResult Last() => Problems.Conflict("last_admin", "This is the last administrator: make somebody else one first.");

    /// <summary>Held by whoever may leave the platform with one administrator fewer, until the caller's transaction ends: nobody else does meanwhile.</summary>
    public Task LockAsync(CancellationToken cancellation) => db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({Lock})", cancellation);

    public Task<bool> IncludesAsync(Guid account, CancellationToken cancellation) => Active().AnyAsync(a => a.Id == account, cancellation);

    public Task<bool> AnyBesidesAsync(Guid account, CancellationToken cancellation) => Active().AnyAsync(a => a.Id != account, cancellation);

    private IQueryable<Account> Active() => db.Users.Where(a => a.Role == PlatformRole.Admin && a.State == AccountState.Active);
}
