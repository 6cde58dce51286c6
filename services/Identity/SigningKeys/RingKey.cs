using Microsoft.IdentityModel.Tokens;

namespace Chat.Identity.SigningKeys;

/// <summary>A published key. <see cref="Signer"/> is null when this replica cannot decrypt the private part.</summary>
internal sealed record RingKey(
    string Id, DateTimeOffset ActiveFrom, DateTimeOffset RetiresAt, DateTimeOffset GoneAt, ECDsaSecurityKey Verifier, ECDsaSecurityKey? Signer);
