namespace Chat.Identity.SigningKeys;

/// <summary>An ES256 key pair. Published from creation, signs from <see cref="ActiveFrom"/>, is withdrawn at <see cref="GoneAt"/>.</summary>
internal sealed class SigningKey
{
    /// <summary>RFC 7638 thumbprint; the <c>kid</c> of tokens.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ActiveFrom { get; init; }

    public required DateTimeOffset RetiresAt { get; init; }

    public required DateTimeOffset GoneAt { get; init; }

    /// <summary>SubjectPublicKeyInfo.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>PKCS #8, encrypted by DataProtection.</summary>
    public required byte[] PrivateKey { get; init; }
}
