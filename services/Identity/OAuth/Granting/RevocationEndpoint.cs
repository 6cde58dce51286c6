using Chat.Identity.Data;
using Chat.Identity.SigningKeys;
using Chat.Identity.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.Identity.OAuth.Granting;

/// <summary>
/// <c>POST /oauth/revoke</c> (RFC 7009). Whichever token of a grant is revoked, the grant ends with all its tokens: there is no other way to end an access token before its time,
/// and 2.1 allows it. <c>token_type_hint</c> is not needed: the two look different.
/// </summary>
internal static class RevocationEndpoint
{
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    public static void MapRevocation(this IEndpointRouteBuilder oauth) => oauth.MapPost("/revoke", Revoke).AllowAnonymous();

    private static async Task<Results<Ok, OAuthError>> Revoke(HttpContext http, [AsParameters] RevocationServices services, CancellationToken cancellation)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await OAuthForm.ReadAsync(http.Request, cancellation) is not { } form)
            return OAuthError.InvalidRequest("Send application/x-www-form-urlencoded, each parameter once.");

        var (client, refusal) = await services.Authentication.AuthenticateAsync(http, form, cancellation);
        if (client is null)
            return refusal ?? OAuthError.InvalidClient();
        if (form["token"] is not { } token)
            return OAuthError.InvalidRequest("token is required.");

        // Unknown ones are as good as revoked (2.2).
        if (await FindGrantAsync(token, services, cancellation) is not { } grant)
            return TypedResults.Ok();
        if (grant.ClientId != client.Id)
            return OAuthError.InvalidGrant("The token is another client's.");

        return await services.Grants.EndAsync(grant.AccountId, grant.Id, cancellation) ? TypedResults.Ok() : OAuthError.NotYetEffective();
    }

    private static async Task<OAuthGrant?> FindGrantAsync(string token, RevocationServices services, CancellationToken cancellation)
    {
        var db = services.Db;
        if (RandomSecret.HashIfOurs(token, OAuthSecret.RefreshTokenPrefix) is { } hash)
        {
            return await db.OAuthGrants.AsNoTracking().SingleOrDefaultAsync(g => db.RefreshTokens.Any(t => t.Hash == hash && t.GrantId == g.Id), cancellation);
        }

        // An expired one needs no revoking.
        var validated = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = services.Issuer.Url,
            ValidateAudience = false,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = services.Keys.Published.Select(key => key.Verifier),
        });
        return validated.IsValid && validated.Claims.TryGetValue(JwtRegisteredClaimNames.Sid, out var sid) && Guid.TryParse(sid as string, out var id)
            ? await db.OAuthGrants.AsNoTracking().SingleOrDefaultAsync(g => g.Id == id, cancellation)
            : null;
    }
}

internal sealed record RevocationServices(IdentityDb Db, ClientAuthentication Authentication, Grants Grants, SigningKeyRing Keys, TokenIssuer Issuer);
