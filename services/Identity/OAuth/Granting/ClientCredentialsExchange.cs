using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Limits;
using Chat.Identity.OAuth.Clients;
using Chat.Identity.Sessions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Granting;

/// <summary><c>grant_type=client_credentials</c>: the client acts as its bot, for as long as one access token (RFC 6749, 4.4; no refresh token, 4.4.3).</summary>
internal sealed class ClientCredentialsExchange(IdentityDb db, Grants grants, SessionOpening opening, ClientHold clients, Attempts attempts, TimeProvider clock)
{
    private static readonly AttemptLimit Issued = new("oauth-client-credentials", 60, TimeSpan.FromMinutes(1));

    public async Task<Results<Ok<TokenResponse>, OAuthError>> ExchangeAsync(OAuthClient client, OAuthForm form, HttpContext http, CancellationToken cancellation)
    {
        if (!client.Grants.Contains(GrantTypes.ClientCredentials) || client.SecretHash is null || client.BotId is not { } bot)
            return OAuthError.UnauthorizedClient("This client does not act for itself.");

        // There is no person whom openid and the like could be about.
        IReadOnlyList<string>? scopes = [.. client.Scopes.Where(OAuthScopes.IsOfApi)];
        if (form["scope"] is { } requested && (!OAuthScopes.TryParse(requested, out scopes) || scopes.Any(scope => !OAuthScopes.IsOfApi(scope) || !client.Scopes.Contains(scope))))
            return OAuthError.InvalidScope("The scopes of the API that the client is registered with, or fewer.");
        if (await attempts.CountAsync(Issued, client.Id) is { } wait)
            return OAuthError.TooMany(wait);

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await opening.HoldAsync(bot, stamp: null, cancellation)
            || await clients.TakeAsync(client.Id, GrantTypes.ClientCredentials, cancellation) is null
            || (client.OwnerId is { } owner && !await db.Users.AnyAsync(a => a.Id == owner && a.State == AccountState.Active, cancellation)))
        {
            return OAuthError.UnauthorizedClient("This client, or its owner's account, cannot be used any more.");
        }

        var now = clock.GetUtcNow();
        var grant = new OAuthGrant
        {
            Id = Guid.CreateVersion7(now),
            ClientId = client.Id,
            AccountId = bot,
            Scopes = [.. scopes],
            AuthenticatedAt = now,
            AuthenticationMethods = [],
        };
        var session = grants.Open(grant, renewable: false, http);
        await db.SaveChangesAsync(cancellation);
        var account = await db.Users.AsNoTracking().SingleAsync(a => a.Id == bot, cancellation);
        await transaction.CommitAsync(cancellation);
        return TypedResults.Ok(grants.Tokens(account, grant, session, scopes, refreshToken: null, nonce: null));
    }
}
