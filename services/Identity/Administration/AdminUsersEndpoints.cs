using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Administration;

internal static class AdminUsersEndpoints
{
    public static void MapAdminUsers(this IEndpointRouteBuilder admin)
    {
        admin.MapGet("/users", List);
        admin.MapGet("/users/{id:guid}", Get);
    }

    public static ProblemHttpResult UserNotFound() => Problems.NotFound("user_not_found", "There is no such account.");

    private static async Task<Results<Ok<AdminUserList>, ProblemHttpResult>> List([AsParameters] UserQuery query, UserSearch search, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        if (!query.TryRead(errors, out var filter))
            return Problems.Validation(errors);

        var page = await search.FindAsync(filter, cancellation);
        var items = page.Take(filter.Take).Select(AdminUserResponse.From).ToList();
        return TypedResults.Ok(new AdminUserList(items, page.Count > filter.Take ? items[^1].Id.ToString() : null));
    }

    private static async Task<Results<Ok<AdminUserDetails>, ProblemHttpResult>> Get(Guid id, IdentityDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var account = await db.Users.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, cancellation);
        if (account is null)
            return UserNotFound();

        var now = clock.GetUtcNow();
        var sessions = await db.Sessions.Where(s => s.AccountId == id && s.RevokedAt == null && s.ExpiresAt > now)
            .GroupBy(s => s.Kind).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellation);
        var factors = await db.SecondFactors.AsNoTracking().SingleOrDefaultAsync(f => f.AccountId == id, cancellation);
        return TypedResults.Ok(new AdminUserDetails(
            AdminUserResponse.From(account),
            await db.Sessions.Where(s => s.AccountId == id).MaxAsync(s => (DateTimeOffset?)s.LastSeenAt, cancellation),
            account.PasswordHash is not null,
            account.PasswordChangedAt,
            new AdminTwoFactor(
                factors?.TotpEnabledAt is not null, factors?.EmailEnabledAt is not null, await db.RecoveryCodes.CountAsync(c => c.AccountId == id, cancellation)),
            await db.UserPasskeys.CountAsync(p => p.UserId == id, cancellation),
            await db.UserLogins.Where(l => l.UserId == id).OrderBy(l => l.LoginProvider).Select(l => l.LoginProvider).ToListAsync(cancellation),
            new AdminSessions(sessions.GetValueOrDefault(SessionKind.Browser), sessions.GetValueOrDefault(SessionKind.Token), sessions.GetValueOrDefault(SessionKind.Grant)),
            await db.Users.CountAsync(a => a.OwnerId == id, cancellation),
            await db.OAuthClients.CountAsync(c => c.OwnerId == id, cancellation)));
    }
}
