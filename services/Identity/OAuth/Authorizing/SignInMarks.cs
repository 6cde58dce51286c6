using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Chat.Identity.OAuth.Authorizing;

/// <summary>
/// Marks that the sign-in page was shown for a client, so that a request which demands a new sign-in (<c>prompt=login</c>, <c>max_age</c>) is content with the one that followed.
/// Good for a quarter of an hour; whoever had one beforehand gains no more than a sign-in of that age.
/// </summary>
internal sealed class SignInMarks(IDataProtectionProvider protection, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    public string New(string client)
    {
        Span<byte> payload = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(payload, clock.GetUtcNow().UtcTicks);
        return Base64Url.EncodeToString(Protector(client).Protect(payload.ToArray()));
    }

    /// <summary>When the page was shown, or null when this is no mark, one for another client, or too old.</summary>
    public DateTimeOffset? Read(string? mark, string client)
    {
        if (mark is null || !Base64Url.IsValid(mark))
            return null;

        try
        {
            var shown = new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(Protector(client).Unprotect(Base64Url.DecodeFromChars(mark))), TimeSpan.Zero);
            var now = clock.GetUtcNow();
            return shown <= now && now - shown <= Lifetime ? shown : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector Protector(string client) => protection.CreateProtector("Chat.Identity.OAuth.SignIn", client);
}
