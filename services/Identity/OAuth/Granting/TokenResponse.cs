using System.Text.Json.Serialization;

namespace Chat.Identity.OAuth.Granting;

/// <summary>What the token endpoint gives (RFC 6749, 5.1; OpenID Connect Core, 3.1.3.3).</summary>
internal sealed record TokenResponse(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] long ExpiresIn,
    [property: JsonPropertyName("scope")] string Scope,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken,
    [property: JsonPropertyName("id_token")] string? IdToken);
