using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Chat.Identity.Tokens;

/// <summary>
/// A secret of 256 random bits in base64url, after a prefix where scanners are to know it by one. Only its SHA-256 is stored, which suffices for a random value.
/// </summary>
internal static class RandomSecret
{
    private const int RandomBytes = 32;
    private const int RandomLength = 43;

    public static string New(string prefix = "") => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Null when the text cannot be one of ours.</summary>
    public static byte[]? HashIfOurs(string? text, string prefix = "") =>
        text?.Length == prefix.Length + RandomLength && text.StartsWith(prefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(prefix.Length)) ? Hash(text) : null;

    public static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
