using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>Reads the claim <c>scope</c>: names separated by spaces (RFC 9068, section 2.2.3), or several such claims.</summary>
internal static class TokenScopes
{
    public const string ClaimType = "scope";

    /// <summary>Null when the token has no such claim: it may do whatever its user may. A claim that is no text gives nothing.</summary>
    public static IReadOnlySet<string>? Of(ClaimsPrincipal principal) => principal.FindFirst(ClaimType) is null
        ? null
        : principal.FindAll(ClaimType)
            .Where(claim => claim.ValueType == ClaimValueTypes.String)
            .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>An empty list becomes no claim at all on its way into the principal; it must not make a session's token of one with scopes.</summary>
    public static void Keep(ClaimsPrincipal principal, SecurityToken token)
    {
        if (token is JsonWebToken jwt && jwt.TryGetPayloadValue<object>(ClaimType, out _) && principal.FindFirst(ClaimType) is null)
        {
            (principal.Identity as ClaimsIdentity)?.AddClaim(new Claim(ClaimType, ""));
        }
    }
}
