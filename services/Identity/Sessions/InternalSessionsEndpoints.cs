using Chat.Identity.Data;
using Chat.Identity.SigningKeys;
using Chat.Identity.Tokens;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Sessions;

internal static class InternalSessionsEndpoints
{
    private static readonly TimeSpan SeenResolution = TimeSpan.FromMinutes(1);

    public static void MapInternalSessions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/sessions/exchange", Exchange);
        routes.MapGet("/sessions/{id:guid}", Status);
    }

    /// <summary>The gateway's door: a cookie in, an access token out.</summary>
    private static async Task<Results<Ok<ExchangeResponse>, ProblemHttpResult>> Exchange(
        ExchangeRequest request, IdentityDb db, AccessTokens tokens, IOptions<SessionOptions> options, TimeProvider clock, CancellationToken cancellation)
    {
        if (RandomSecret.HashIfOurs(request.Cookie) is not { } hash)
            return SessionNotFound();

        var now = clock.GetUtcNow();
        var found = await db.Sessions.AsNoTracking()
            .Where(s => s.CookieHash == hash && s.RevokedAt == null && s.ExpiresAt > now)
            .Join(db.Users, s => s.AccountId, a => a.Id, (session, account) => new { session, account })
            .SingleOrDefaultAsync(cancellation);
        if (found is null)
            return SessionNotFound();

        var stale = now - SeenResolution;
        if (found.session.LastSeenAt < stale)
        {
            var remembered = now + options.Value.RememberedFor;
            await db.Sessions.Where(s => s.Id == found.session.Id && s.LastSeenAt < stale).ExecuteUpdateAsync(
                set => set
                    .SetProperty(s => s.LastSeenAt, now)
                    .SetProperty(s => s.ExpiresAt, s => s.SlidesUntil == null ? s.ExpiresAt : s.SlidesUntil < remembered ? s.SlidesUntil.Value : remembered),
                cancellation);
        }

        var token = tokens.Issue(found.account, found.session);
        return TypedResults.Ok(new ExchangeResponse(token.Text, token.ExpiresAt, found.session.Id, found.account.Id));
    }

    /// <summary>Whether the session stands, and when its person last proved who they are.</summary>
    private static async Task<Ok<StatusResponse>> Status(Guid id, ISessionLookup sessions, IdentityDb db, CancellationToken cancellation)
    {
        if (!await sessions.IsActiveAsync(id, cancellation))
            return TypedResults.Ok(new StatusResponse(false, null));

        return TypedResults.Ok(new StatusResponse(true, await db.Sessions.Where(s => s.Id == id).Select(s => s.ProvedAt).SingleOrDefaultAsync(cancellation)));
    }

    private static ProblemHttpResult SessionNotFound() => Problems.NotFound("session_not_found", "This cookie stands for no session.");
}

internal sealed record ExchangeRequest(string Cookie);

internal sealed record ExchangeResponse(string AccessToken, DateTimeOffset ExpiresAt, Guid Session, Guid User);

internal sealed record StatusResponse(bool Active, DateTimeOffset? ProvedAt);
