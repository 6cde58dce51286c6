using System.Security.Cryptography;
using System.Text;

namespace Chat.Identity.DataProtection;

/// <summary>
/// Encrypts the key ring with AES-256-GCM under a key derived from the secret in <c>DataProtection:Key</c>.
/// Whoever reads the database alone then learns no key.
/// </summary>
internal sealed class KeyEncryption
{
    public const int MinSecretLength = 16;

    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key;

    public KeyEncryption(string secret)
    {
        if (secret.Length < MinSecretLength)
            throw new InvalidOperationException($"DataProtection:Key is shorter than {MinSecretLength} characters.");

        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), KeySize, info: "chat identity key ring"u8.ToArray());
    }

    /// <summary>Nonce, ciphertext and tag, one after the other.</summary>
    public byte[] Encrypt(ReadOnlySpan<byte> plaintext)
    {
        var sealedBytes = new byte[NonceSize + plaintext.Length + TagSize];
        var nonce = sealedBytes.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);

        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(nonce, plaintext, sealedBytes.AsSpan(NonceSize, plaintext.Length), sealedBytes.AsSpan(NonceSize + plaintext.Length));
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">Another secret, or altered bytes.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < NonceSize + TagSize)
            throw new CryptographicException("The encrypted key is too short.");

        var plaintext = new byte[sealedBytes.Length - NonceSize - TagSize];
        using var aes = new AesGcm(_key, TagSize);
        aes.Decrypt(sealedBytes[..NonceSize], sealedBytes[NonceSize..^TagSize], sealedBytes[^TagSize..], plaintext);
        return plaintext;
    }
}
