using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.Identity.SigningKeys;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Tokens;

internal static class InternalTokensEndpoints
{
    private static readonly TimeSpan SeenResolution = TimeSpan.FromMinutes(1);

    public static void MapInternalTokens(this IEndpointRouteBuilder routes) => routes.MapPost("/tokens/exchange", Exchange);

    /// <summary>The gateway's door for scripts and bots: a personal access token in, an access token with its scopes out.</summary>
    private static async Task<Results<Ok<ExchangeResponse>, ProblemHttpResult>> Exchange(
        TokenExchangeRequest request, IdentityDb db, AccessTokens tokens, TimeProvider clock, CancellationToken cancellation)
    {
        if (TokenText.Hash(request.Token) is not { } hash)
            return TokenNotFound();

        var now = clock.GetUtcNow();
        var found = await db.PersonalTokens.AsNoTracking().Where(t => t.Hash == hash)
            .Join(db.Sessions.Where(s => s.RevokedAt == null && s.ExpiresAt > now), t => t.Id, s => s.Id, (token, session) => new { token, session })
            .Join(db.Users.Where(a => a.State == AccountState.Active), t => t.token.AccountId, a => a.Id, (t, account) => new { t.token, t.session, account })
            .Where(t => db.Users.Any(a => a.Id == t.token.OwnerId && a.State == AccountState.Active))
            .SingleOrDefaultAsync(cancellation);
        if (found is null)
            return TokenNotFound();

        var stale = now - SeenResolution;
        if (found.session.LastSeenAt < stale || found.session.LastSeenAt == found.session.CreatedAt)
        {
            await db.Sessions.Where(s => s.Id == found.session.Id && (s.LastSeenAt < stale || s.LastSeenAt == s.CreatedAt))
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.LastSeenAt, now), cancellation);
        }

        var access = tokens.Issue(found.account, found.session, found.token.Scopes);
        return TypedResults.Ok(new ExchangeResponse(access.Text, access.ExpiresAt, found.session.Id, found.account.Id));
    }

    private static ProblemHttpResult TokenNotFound() => Problems.NotFound("token_not_found", "This is no valid token.");
}

internal sealed record TokenExchangeRequest(string Token);
