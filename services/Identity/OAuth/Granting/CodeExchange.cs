using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Chat.Identity.Data;
using Chat.Identity.OAuth.Clients;
using Chat.Identity.Sessions;
using Chat.Identity.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Granting;

/// <summary>
/// <c>grant_type=authorization_code</c> (OAuth 2.1, 4.1.3). A code is good once, for the client, address and verifier it was made for, while the browser session lives in which it
/// was allowed. A second use ends what the first one got: one of the two has stolen it.
/// </summary>
internal sealed class CodeExchange(IdentityDb db, Grants grants, SessionOpening opening, SessionEnding ending, ClientHold clients, TimeProvider clock)
{
    public async Task<Results<Ok<TokenResponse>, OAuthError>> ExchangeAsync(OAuthClient client, OAuthForm form, HttpContext http, CancellationToken cancellation)
    {
        if (form["code"] is null || form["redirect_uri"] is null || form["code_verifier"] is null)
            return OAuthError.InvalidRequest("code, redirect_uri and code_verifier are required.");

        if (RandomSecret.HashIfOurs(form["code"], OAuthSecret.CodePrefix) is not { } hash || await FindAsync(hash, cancellation) is not { } code || code.ClientId != client.Id)
            return Unusable();
        if (code.UsedAt is not null)
            return await EndReusedAsync(code, cancellation);

        // A wrong verifier does not use the code up: whoever has only the code could otherwise keep its owner from using it.
        if (form["redirect_uri"] != code.RedirectUri || !Answers(form["code_verifier"], code.CodeChallenge))
            return Unusable();

        return await GrantAsync(code, http, cancellation) ?? await EndReusedAsync(await FindAsync(hash, cancellation), cancellation);
    }

    /// <returns>Null when somebody else has used the code meanwhile.</returns>
    private async Task<Results<Ok<TokenResponse>, OAuthError>?> GrantAsync(AuthorizationCode code, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        if (!await opening.HoldAsync(code.AccountId, stamp: null, cancellation)
            || await clients.TakeAsync(code.ClientId, GrantTypes.AuthorizationCode, cancellation) is not { } client
            || !await db.Sessions.AnyAsync(s => s.Id == code.SessionId && s.RevokedAt == null && s.ExpiresAt > now, cancellation))
        {
            return Unusable();
        }

        var grant = new OAuthGrant
        {
            Id = Guid.CreateVersion7(now),
            ClientId = client.Id,
            AccountId = code.AccountId,
            Scopes = [.. code.Scopes.Intersect(client.Scopes)],
            AuthenticatedAt = code.AuthenticatedAt,
            AuthenticationMethods = code.AuthenticationMethods,
        };
        var used = await db.AuthorizationCodes.Where(c => c.Hash == code.Hash && c.UsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.UsedAt, now).SetProperty(c => c.GrantId, grant.Id), cancellation);
        if (used == 0)
            return null;
        if (code.ExpiresAt <= now || grant.Scopes.Count == 0)
            return Unusable();

        // Without offline_access there is nothing to renew: the client has what it asked for, for five minutes.
        var renewable = grant.Scopes.Contains(OAuthScopes.OfflineAccess) && client.Grants.Contains(GrantTypes.RefreshToken);
        var surplus = await grants.MarkSurplusAsync(grant, cancellation);
        var session = grants.Open(grant, renewable, http);
        var refreshToken = renewable ? grants.AddRefreshToken(session) : null;
        await db.SaveChangesAsync(cancellation);
        await db.OAuthConsents.Where(c => c.AccountId == grant.AccountId && c.ClientId == client.Id).ExecuteUpdateAsync(set => set.SetProperty(c => c.LastUsedAt, now), cancellation);
        var account = await db.Users.AsNoTracking().SingleAsync(a => a.Id == grant.AccountId, cancellation);
        await transaction.CommitAsync(cancellation);
        await ending.AnnounceAsync(surplus);
        return TypedResults.Ok(grants.Tokens(account, grant, session, grant.Scopes, refreshToken, code.Nonce));
    }

    private async Task<OAuthError> EndReusedAsync(AuthorizationCode? code, CancellationToken cancellation)
    {
        if (code?.GrantId is { } grant)
            await grants.EndAsync(code.AccountId, grant, cancellation);
        return Unusable();
    }

    private Task<AuthorizationCode?> FindAsync(byte[] hash, CancellationToken cancellation) =>
        db.AuthorizationCodes.AsNoTracking().SingleOrDefaultAsync(c => c.Hash == hash, cancellation);

    /// <summary>RFC 7636, 4.6 with S256. Text that is no verifier (4.1) has no right hash either.</summary>
    private static bool Answers(string? verifier, string challenge) =>
        verifier is { Length: >= 43 and <= 128 }
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(verifier)))), Encoding.ASCII.GetBytes(challenge));

    /// <summary>One answer for all of it, as it concerns nobody who has come by a code what is wrong with it.</summary>
    private static OAuthError Unusable() => OAuthError.InvalidGrant("The code was used, has expired, or was not made for this client, redirect_uri and code_verifier.");
}
