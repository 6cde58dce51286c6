using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Chat.Identity.SigningKeys;
using Microsoft.AspNetCore.DataProtection;

namespace Chat.Identity.Sessions;

/// <summary>
/// A browser that has signed in to an account before. Its attempts are counted by themselves, so that wrong sign-ins of strangers cannot keep it out
/// ("device cookies", https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). The cookie proves nothing else.
/// </summary>
internal sealed class KnownDevice(IDataProtectionProvider protection, TokenIssuer issuer, TimeProvider clock)
{
    public const string Cookie = "chat_device";

    private const int IdBytes = 16;
    private const int PayloadBytes = 16 + IdBytes + sizeof(long);
    private const int MaxCookieLength = 512;

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    // Not the framework's time-limited protector: it goes by the system's clock.
    private readonly IDataProtector _protector = protection.CreateProtector("Chat.Identity.KnownDevice");

    /// <returns>What to count the device's attempts by, or null when this browser has not signed in to this account before.</returns>
    public string? Find(HttpRequest request, Guid account) =>
        Read(request) is { } device && device.Account == account ? Convert.ToHexStringLower(device.Id) : null;

    /// <summary>Remembers the browser; one that is known already keeps its cookie.</summary>
    public void Remember(HttpContext http, Guid account)
    {
        if (Find(http.Request, account) is not null)
            return;

        var payload = new byte[PayloadBytes];
        account.TryWriteBytes(payload);
        RandomNumberGenerator.Fill(payload.AsSpan(16, IdBytes));
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(16 + IdBytes), (clock.GetUtcNow() + Lifetime).ToUnixTimeSeconds());
        http.Response.Cookies.Append(Cookie, Base64Url.EncodeToString(_protector.Protect(payload)), new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Path = "/",
            Secure = issuer.IsHttps,
            MaxAge = Lifetime,
            IsEssential = true,
        });
    }

    private (Guid Account, byte[] Id)? Read(HttpRequest request)
    {
        if (request.Cookies[Cookie] is not { Length: > 0 and <= MaxCookieLength } value || !Base64Url.IsValid(value))
            return null;

        try
        {
            var payload = _protector.Unprotect(Base64Url.DecodeFromChars(value));
            return payload.Length == PayloadBytes && BinaryPrimitives.ReadInt64BigEndian(payload.AsSpan(16 + IdBytes)) > clock.GetUtcNow().ToUnixTimeSeconds()
                ? (new Guid(payload.AsSpan(0, 16)), payload[16..(16 + IdBytes)])
                : null;
        }
        catch (CryptographicException)
        {
            // Forged, or of another key ring: a browser like any other.
            return null;
        }
    }
}
