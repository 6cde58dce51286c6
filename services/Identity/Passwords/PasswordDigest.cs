using System.Security.Cryptography;
using System.Text;

namespace Chat.Identity.Passwords;

/// <summary>
/// Tells whether two requests carry the same password, without keeping anything a password could be guessed from: the digest is keyed with a
/// secret that is not in the database.
/// </summary>
internal sealed class PasswordDigest(IConfiguration configuration)
{
    private readonly byte[] _key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(configuration["ServiceKey"] ?? ""), 32, info: "chat password digest"u8.ToArray());

    public string Of(string password) => Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(password)));
}
