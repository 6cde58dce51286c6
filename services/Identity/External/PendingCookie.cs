using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Chat.Identity.SigningKeys;

namespace Chat.Identity.External;

/// <summary>The cookie that stands for a <see cref="PendingSignIn"/>: 256 random bits in base64url.</summary>
internal sealed class PendingCookie(TokenIssuer issuer)
{
    public const string Name = "chat_external";

    private const int ValueBytes = 32;
    private const int ValueLength = 43;

    /// <summary>Gives the browser a new value.</summary>
    /// <returns>What to keep of it.</returns>
    public byte[] Set(HttpResponse response)
    {
        var value = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ValueBytes));
        response.Cookies.Append(Name, value, Attributes(SignInRequest.GoodFor));
        return Hash(value);
    }

    public void Clear(HttpResponse response) => response.Cookies.Delete(Name, Attributes(lifetime: null));

    /// <summary>Null when the browser has none, or one that cannot be ours.</summary>
    public static byte[]? Read(HttpRequest request) =>
        request.Cookies[Name] is { Length: ValueLength } value && Base64Url.IsValid(value) ? Hash(value) : null;

    private static byte[] Hash(string value) => SHA256.HashData(Encoding.ASCII.GetBytes(value));

    private CookieOptions Attributes(TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/api/v1/auth/external",
        Secure = issuer.IsHttps,
        MaxAge = lifetime,
        IsEssential = true,
    };
}
