using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Chat.Identity.SigningKeys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.Identity.OAuth.Granting;

/// <summary>ID tokens: who signed in, when and how (OpenID Connect Core, 2). What else a client may know of the person it asks userinfo.</summary>
internal sealed class IdTokens(SigningKeyRing keys, TokenIssuer issuer, TimeProvider clock)
{
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <param name="nonce">That of the authorization request; null when tokens are renewed (12.2).</param>
    public string Issue(OAuthGrant grant, string accessToken, string? nonce)
    {
        var now = clock.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            [JwtRegisteredClaimNames.Sub] = grant.AccountId.ToString(),
            [JwtRegisteredClaimNames.Sid] = grant.Id.ToString(),
            [JwtRegisteredClaimNames.AuthTime] = grant.AuthenticatedAt.ToUnixTimeSeconds(),
            [JwtRegisteredClaimNames.Amr] = grant.AuthenticationMethods,
            [JwtRegisteredClaimNames.AtHash] = HalfHash(accessToken),
        };
        if (nonce is not null)
            claims[JwtRegisteredClaimNames.Nonce] = nonce;

        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer.Url,
            Audience = grant.ClientId,
            IssuedAt = now.UtcDateTime,
            Expires = (now + AccessTokens.Lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = new SigningCredentials(keys.Signer, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary><c>at_hash</c> (3.1.3.6): the left half of the hash that belongs to the signature's algorithm.</summary>
    private static string HalfHash(string accessToken)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(accessToken));
        return Base64Url.EncodeToString(hash.AsSpan(0, hash.Length / 2));
    }
}
