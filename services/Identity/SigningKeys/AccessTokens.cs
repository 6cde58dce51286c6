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
    public AccessToken Issue(Account account, Session session)
    {
        var now = clock.GetUtcNow();
        var expiresAt = now + Lifetime < session.ExpiresAt ? now + Lifetime : session.ExpiresAt;

        // exp counts whole seconds; what the caller is told must not be later.
        expiresAt = DateTimeOffset.FromUnixTimeSeconds(expiresAt.ToUnixTimeSeconds());

        var text = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer.Url,
            Audience = Audience,
            IssuedAt = now.UtcDateTime,
            Expires = expiresAt.UtcDateTime,
            Subject = new ClaimsIdentity(
            [
                new Claim(JwtRegisteredClaimNames.Sub, account.Id.ToString()),
                new Claim(JwtRegisteredClaimNames.Sid, session.Id.ToString()),
                new Claim(JwtRegisteredClaimNames.Jti, Guid.CreateVersion7(now).ToString()),
                new Claim(JwtRegisteredClaimNames.PreferredUsername, account.UserName ?? ""),
                new Claim(JwtRegisteredClaimNames.Name, account.DisplayName),
            ]),
            SigningCredentials = new SigningCredentials(keys.Signer, SecurityAlgorithms.EcdsaSha256),
        });
        return new AccessToken(text, expiresAt);
    }
}
