using Chat.Identity.SigningKeys;
using Chat.Identity.Tokens;

namespace Chat.Identity.Sessions;

/// <summary>The cookie that stands for a session: a <see cref="RandomSecret"/>.</summary>
internal sealed class SessionCookie(TokenIssuer issuer)
{
    public const string Name = "chat_session";

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
