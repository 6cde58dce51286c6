using Chat.Identity.SigningKeys;
using Chat.Identity.Tokens;

namespace Chat.Identity.External;

/// <summary>The cookie that stands for a <see cref="PendingSignIn"/>: a <see cref="RandomSecret"/>.</summary>
internal sealed class PendingCookie(TokenIssuer issuer)
{
    public const string Name = "chat_external";

    /// <summary>Gives the browser a new value.</summary>
    /// <returns>What to keep of it.</returns>
    public byte[] Set(HttpResponse response)
    {
        var value = RandomSecret.New();
        response.Cookies.Append(Name, value, Attributes(SignInRequest.GoodFor));
        return RandomSecret.Hash(value);
    }

    public void Clear(HttpResponse response) => response.Cookies.Delete(Name, Attributes(lifetime: null));

    /// <summary>Null when the browser has none, or one that cannot be ours.</summary>
    public static byte[]? Read(HttpRequest request) => RandomSecret.HashIfOurs(request.Cookies[Name]);

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
