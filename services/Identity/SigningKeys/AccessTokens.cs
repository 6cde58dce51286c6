using System.Security.Claims;
using Chat.Identity.Accounts;
using Chat.Identity.Sessions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.Identity.SigningKeys;

internal sealed record AccessToken(string Text, DateTimeOffset ExpiresAt);

internal sealed class AccessTokens(SigningKeyRing keys, TokenIssuer issuer, TimeProvider clock)
{
    public const string Audience = "chat";

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>A token for the session; it never outlives it.</summary>
    /// <param name="scopes">What it is limited to; null for a person's own session, which may do all its person may.</param>
    /// <param name="client">The OAuth client it is for.</param>
    /// <param name="audiences">Who is to accept it; the API when empty.</param>
    public AccessToken Issue(Account account, Session session, IReadOnlyCollection<string>? scopes = null, string? client = null, params IReadOnlyList<string> audiences)
    {
        var now = clock.GetUtcNow();
        var expiresAt = now + Lifetime < session.ExpiresAt ? now + Lifetime : session.ExpiresAt;

        // exp counts whole seconds; what the caller is told must not be later.
        expiresAt = DateTimeOffset.FromUnixTimeSeconds(expiresAt.ToUnixTimeSeconds());

        List<Claim> claims =
        [
            new(JwtRegisteredClaimNames.Sub, account.Id.ToString()),
            new(JwtRegisteredClaimNames.Sid, session.Id.ToString()),
            new(JwtRegisteredClaimNames.Jti, Guid.CreateVersion7(now).ToString()),
            new(JwtRegisteredClaimNames.PreferredUsername, account.UserName ?? ""),
            new(JwtRegisteredClaimNames.Name, account.DisplayName),
        ];
        if (account.IsBot)
            claims.Add(new Claim("bot", "true", ClaimValueTypes.Boolean));
        if (scopes is not null)
            claims.Add(new Claim("scope", string.Join(' ', scopes)));
        if (client is not null)
            claims.Add(new Claim("client_id", client));

        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = issuer.Url,
            IssuedAt = now.UtcDateTime,
            Expires = expiresAt.UtcDateTime,
            Subject = new ClaimsIdentity(claims),
            SigningCredentials = new SigningCredentials(keys.Signer, SecurityAlgorithms.EcdsaSha256),
        };
        foreach (var audience in audiences is [] ? [Audience] : audiences)
            descriptor.Audiences.Add(audience);

        return new AccessToken(_handler.CreateToken(descriptor), expiresAt);
    }
}
