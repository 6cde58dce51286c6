using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Chat.Identity.SigningKeys;

namespace Chat.Identity.Sessions;

/// <summary>The cookie that stands for a session: 256 random bits in base64url. Only its SHA-256 is stored, which suffices for a random value.</summary>
internal sealed class SessionCookie(TokenIssuer issuer)
{
    public const string Name = "chat_session";

    private const int ValueBytes = 32;
    private const int ValueLength = 43;

    public static string NewValue() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ValueBytes));

    /// <summary>Null when the value cannot be one of ours.</summary>
    public static byte[]? Hash(string value) =>
        value.Length == ValueLength && Base64Url.IsValid(value) ? SHA256.HashData(Encoding.ASCII.GetBytes(value)) : null;

    /// <param name="lifetime">How long the browser keeps it, or null for as long as the browser is open.</param>
    public void Set(HttpResponse response, string value, TimeSpan? lifetime) => response.Cookies.Append(Name, value, Attributes(lifetime));

    public void Clear(HttpResponse response) => response.Cookies.Delete(Name, Attributes(lifetime: null));

    private CookieOptions Attributes(TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        Secure = issuer.IsHttps,
        MaxAge = lifetime,
        IsEssential = true,
    };
}
