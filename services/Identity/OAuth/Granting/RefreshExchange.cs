using Chat.Identity.Data;
using Chat.Identity.Limits;
using Chat.Identity.OAuth.Clients;
using Chat.Identity.Sessions;
using Chat.Identity.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Granting;

/// <summary>
/// <c>grant_type=refresh_token</c>: each token is good once and gives the next (OAuth 2.1, 4.3.1; RFC 9700, 4.14.2). A second use ends the whole family, as either the client
/// or a thief holds a copy. Of parallel uses one wins and the others are such second uses.
/// </summary>
internal sealed class RefreshExchange(IdentityDb db, Grants grants, SessionOpening opening, ClientHold clients, Attempts attempts, TimeProvider clock)
{
    /// <summary>Used tokens are kept to be recognised: their number is bounded by this.</summary>
    private static readonly AttemptLimit Renewals = new("oauth-refresh", 60, TimeSpan.FromMinutes(5));

    public async Task<Results<Ok<TokenResponse>, OAuthError>> ExchangeAsync(OAuthClient client, OAuthForm form, CancellationToken cancellation)
    {
        if (form["refresh_token"] is null)
            return OAuthError.InvalidRequest("refresh_token is required.");
        if (!client.Grants.Contains(GrantTypes.RefreshToken))
            return OAuthError.UnauthorizedClient("This client has no refresh tokens.");

        if (RandomSecret.HashIfOurs(form["refresh_token"], OAuthSecret.RefreshTokenPrefix) is not { } hash
            || await FindAsync(hash, cancellation) is not { } found || found.Grant.ClientId != client.Id)
        {
            return Unusable();
        }

        if (await attempts.CountAsync(Renewals, found.Grant.Id.ToString()) is { } wait)
            return OAuthError.TooMany(wait);

        if (found.Token.UsedAt is null && await RenewAsync(found, form["scope"], cancellation) is { } answer)
            return answer;

        await grants.EndAsync(found.Grant.AccountId, found.Grant.Id, cancellation);
        return Unusable();
    }

    /// <returns>Null when the token was used before.</returns>
    private async Task<Results<Ok<TokenResponse>, OAuthError>?> RenewAsync(FoundToken found, string? requested, CancellationToken cancellation)
    {
        var (token, grant) = found;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(grant.AccountId, stamp: null, cancellation) || await clients.TakeAsync(grant.ClientId, GrantTypes.RefreshToken, cancellation) is not { } client)
            return Unusable();

        // The scopes that the client has lost since are lost here as well.
        IReadOnlyList<string> scopes = [.. grant.Scopes.Intersect(client.Scopes)];
        if (requested is not null)
        {
            if (!OAuthScopes.TryParse(requested, out var narrowed) || narrowed.Except(scopes).Any())
                return OAuthError.InvalidScope("A renewed token has the scopes of the grant, or fewer (RFC 6749, 6).");
            scopes = narrowed;
        }

        var now = clock.GetUtcNow();
        if (await db.RefreshTokens.Where(t => t.Hash == token.Hash && t.UsedAt == null).ExecuteUpdateAsync(set => set.SetProperty(t => t.UsedAt, now), cancellation) == 0)
            return null;

        var session = await db.Sessions.SingleOrDefaultAsync(s => s.Id == grant.Id, cancellation);
        if (session is null || !session.IsActive(now) || token.ExpiresAt <= now || scopes.Count == 0)
            return Unusable();

        grants.Extend(session);
        var next = grants.AddRefreshToken(session);
        await db.SaveChangesAsync(cancellation);
        await db.OAuthConsents.Where(c => c.AccountId == grant.AccountId && c.ClientId == client.Id).ExecuteUpdateAsync(set => set.SetProperty(c => c.LastUsedAt, now), cancellation);
        var account = await db.Users.AsNoTracking().SingleAsync(a => a.Id == grant.AccountId, cancellation);
        await transaction.CommitAsync(cancellation);
        return TypedResults.Ok(grants.Tokens(account, grant, session, scopes, next, nonce: null));
    }

    private async Task<FoundToken?> FindAsync(byte[] hash, CancellationToken cancellation)
    {
        var found = await db.RefreshTokens.AsNoTracking().Where(t => t.Hash == hash)
            .Join(db.OAuthGrants.AsNoTracking(), t => t.GrantId, g => g.Id, (token, grant) => new { token, grant }).SingleOrDefaultAsync(cancellation);
        return found is null ? null : new FoundToken(found.token, found.grant);
    }

    private static OAuthError Unusable() => OAuthError.InvalidGrant("The refresh token was used, has expired, was revoked, or is another client's.");

    private sealed record FoundToken(RefreshToken Token, OAuthGrant Grant);
}
