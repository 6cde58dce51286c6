using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Chat.Identity.OAuth;

/// <summary>Codes, refresh tokens and client secrets: a prefix by which scanners know them, then 256 random bits. Their SHA-256 is what is stored.</summary>
internal static class OAuthSecret
{
    public const string CodePrefix = "chat_ac_";
    public const string RefreshTokenPrefix = "chat_rt_";
    public const string ClientSecretPrefix = "chat_cs_";

    private const int RandomBytes = 32;
    private const int RandomLength = 43;

    public static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Null when the text cannot be one of ours.</summary>
    public static byte[]? Hash(string? text, string prefix) =>
        text?.Length == prefix.Length + RandomLength && text.StartsWith(prefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(prefix.Length)) ? Hash(text) : null;

    public static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
