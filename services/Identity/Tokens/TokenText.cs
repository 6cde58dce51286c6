using System.Security.Cryptography;
using System.Text;

namespace Chat.Identity.Tokens;

/// <summary>
/// The text of a personal access token: <c>chat_pat_</c>, 36 random characters of base 62 (214 bits), and six of a checksum over those before it, so that scanners find
/// leaked ones and can tell them from look-alikes without asking. Only its SHA-256 is stored, which suffices for a random value.
/// </summary>
internal static class TokenText
{
    public const string Prefix = "chat_pat_";

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 36;
    private const int ChecksumLength = 6;
    private const int Length = 9 + RandomLength + ChecksumLength;

    public static string New()
    {
        var random = Prefix + RandomNumberGenerator.GetString(Alphabet, RandomLength);
        return random + Checksum(random);
    }

    /// <summary>Null when the text cannot be one of ours.</summary>
    public static byte[]? Hash(string? text) =>
        text is { Length: Length } && text.StartsWith(Prefix, StringComparison.Ordinal) && text.EndsWith(Checksum(text[..^ChecksumLength]), StringComparison.Ordinal)
            ? SHA256.HashData(Encoding.UTF8.GetBytes(text))
            : null;

    /// <summary>CRC-32 (ISO 3309) in base 62, most significant digit first.</summary>
    private static string Checksum(string text)
    {
        var crc = uint.MaxValue;
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
        }

        crc = ~crc;
        return string.Create(ChecksumLength, crc, static (digits, rest) =>
        {
            for (var i = digits.Length - 1; i >= 0; i--)
            {
                digits[i] = Alphabet[(int)(rest % 62)];
                rest /= 62;
            }
        });
    }
}
