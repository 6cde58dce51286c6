using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Authorizing;

/// <summary>Who is at the browser. A token with scopes is nobody here: what one client was allowed must not allow the next.</summary>
/// <param name="At">When credentials were last shown: <c>auth_time</c>.</param>
internal sealed record SignedIn(Account Account, Session Session, DateTimeOffset At)
{
    public static async Task<SignedIn?> FindAsync(HttpContext http, IdentityDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (Caller.From(http.User) is not { Scopes: null, Bot: false } caller)
            return null;

        var now = clock.GetUtcNow();
        var found = await db.Sessions.AsNoTracking()
            .Where(s => s.Id == caller.Session && s.AccountId == caller.Id && s.Kind == SessionKind.Browser && s.RevokedAt == null && s.ExpiresAt > now)
            .Join(db.Users.AsNoTracking().Where(a => a.State == AccountState.Active), s => s.AccountId, a => a.Id, (session, account) => new { session, account })
            .SingleOrDefaultAsync(cancellation);
        return found is null ? null : new SignedIn(found.account, found.session, found.session.ProvedAt ?? found.session.CreatedAt);
    }
}
