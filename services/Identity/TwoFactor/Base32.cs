namespace Chat.Identity.TwoFactor;

/// <summary>Five bits a character. Only for whole groups of five bytes, which need no padding.</summary>
internal static class Base32
{
    /// <summary>RFC 4648, section 6: what authenticator apps read.</summary>
    public const string Rfc4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Without I, L, O and U, for people to copy by hand (https://www.crockford.com/base32.html).</summary>
    public const string Crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private const int GroupBytes = 5;
    private const int GroupCharacters = 8;
    private const int BitsPerCharacter = 5;

    public static string Encode(ReadOnlySpan<byte> bytes, string alphabet)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length % GroupBytes, 0);
        var text = new char[bytes.Length / GroupBytes * GroupCharacters];
        for (var i = 0; i < text.Length; i++)
        {
            var bit = i * BitsPerCharacter;
            var pair = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[bit / 8 + 1] : 0);
            text[i] = alphabet[(pair >> (16 - BitsPerCharacter - bit % 8)) & 0x1F];
        }

        return new string(text);
    }
}
