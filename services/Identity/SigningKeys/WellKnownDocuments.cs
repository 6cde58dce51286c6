using System.Text.Json.Serialization;

namespace Chat.Identity.SigningKeys;

/// <summary>OpenID Connect discovery, as far as this issuer goes: tokens are validated with it, there are no authorisation endpoints.</summary>
internal sealed record DiscoveryDocument(
    [property: JsonPropertyName("issuer")] string Issuer,
    [property: JsonPropertyName("jwks_uri")] string JwksUri,
    [property: JsonPropertyName("subject_types_supported")] IReadOnlyList<string> SubjectTypes,
    [property: JsonPropertyName("id_token_signing_alg_values_supported")] IReadOnlyList<string> Algorithms);

internal sealed record KeySet(IReadOnlyList<KeySetItem> Keys);

internal sealed record KeySetItem(string Kty, string Crv, string X, string Y, string Use, string Alg, string Kid);
