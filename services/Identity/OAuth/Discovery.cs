using System.Text.Json.Serialization;
using Chat.Identity.SigningKeys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.Tokens;

namespace Chat.Identity.OAuth;

/// <summary>What the server can do, for client libraries: OpenID Connect Discovery 1.0, 3, and RFC 8414, 2; one document at both addresses.</summary>
internal static class Discovery
{
    public static void MapDiscovery(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/.well-known/openid-configuration", Document).AllowAnonymous();
        routes.MapGet("/.well-known/oauth-authorization-server", Document).AllowAnonymous();
    }

    private static Ok<DiscoveryDocument> Document(HttpResponse response, TokenIssuer issuer)
    {
        response.Headers.CacheControl = "public, max-age=300";
        return TypedResults.Ok(DiscoveryDocument.For(issuer));
    }
}

internal sealed record DiscoveryDocument
{
    private static readonly string[] ClientAuthentication = ["client_secret_basic", "client_secret_post", "none"];

    [JsonPropertyName("issuer")]
    public required string Issuer { get; init; }

    [JsonPropertyName("authorization_endpoint")]
    public required string AuthorizationEndpoint { get; init; }

    [JsonPropertyName("token_endpoint")]
    public required string TokenEndpoint { get; init; }

    [JsonPropertyName("revocation_endpoint")]
    public required string RevocationEndpoint { get; init; }

    [JsonPropertyName("userinfo_endpoint")]
    public required string UserInfoEndpoint { get; init; }

    [JsonPropertyName("jwks_uri")]
    public required string JwksUri { get; init; }

    [JsonPropertyName("scopes_supported")]
    public IReadOnlyList<string> Scopes { get; } = OAuthScopes.All;

    [JsonPropertyName("response_types_supported")]
    public IReadOnlyList<string> ResponseTypes { get; } = ["code"];

    [JsonPropertyName("response_modes_supported")]
    public IReadOnlyList<string> ResponseModes { get; } = ["query"];

    [JsonPropertyName("grant_types_supported")]
    public IReadOnlyList<string> Grants { get; } = GrantTypes.All;

    [JsonPropertyName("code_challenge_methods_supported")]
    public IReadOnlyList<string> ChallengeMethods { get; } = ["S256"];

    [JsonPropertyName("token_endpoint_auth_methods_supported")]
    public IReadOnlyList<string> TokenEndpointAuthentication { get; } = ClientAuthentication;

    [JsonPropertyName("revocation_endpoint_auth_methods_supported")]
    public IReadOnlyList<string> RevocationEndpointAuthentication { get; } = ClientAuthentication;

    [JsonPropertyName("subject_types_supported")]
    public IReadOnlyList<string> SubjectTypes { get; } = ["public"];

    [JsonPropertyName("id_token_signing_alg_values_supported")]
    public IReadOnlyList<string> Algorithms { get; } = [SecurityAlgorithms.EcdsaSha256];

    [JsonPropertyName("prompt_values_supported")]
    public IReadOnlyList<string> Prompts { get; } = Authorizing.Prompt.All;

    [JsonPropertyName("claims_supported")]
    public IReadOnlyList<string> Claims { get; } =
        ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "at_hash", "sid", "preferred_username", "name", "zoneinfo", "locale", "email", "email_verified"];

    [JsonPropertyName("authorization_response_iss_parameter_supported")]
    public bool NamesIssuer { get; } = true;

    [JsonPropertyName("claims_parameter_supported")]
    public bool TakesClaims { get; }

    [JsonPropertyName("request_parameter_supported")]
    public bool TakesRequests { get; }

    /// <summary>True when it is left out.</summary>
    [JsonPropertyName("request_uri_parameter_supported")]
    public bool TakesRequestUris { get; }

    public static DiscoveryDocument For(TokenIssuer issuer)
    {
        return new DiscoveryDocument
        {
            Issuer = issuer.Url,
            AuthorizationEndpoint = issuer.Page("oauth/authorize"),
            TokenEndpoint = issuer.Page("oauth/token"),
            RevocationEndpoint = issuer.Page("oauth/revoke"),
            UserInfoEndpoint = issuer.Page("oauth/userinfo"),
            JwksUri = issuer.Page(WellKnownEndpoints.JwksPath.TrimStart('/')),
        };
    }
}
