using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Sessions;

/// <summary>Opens sessions. An account has at most <see cref="MostPerAccount"/>; one more ends the one that was unused longest.</summary>
internal sealed class SessionOpening(IdentityDb db, SessionEnding ending, TimeProvider clock)
{
    public const int MostPerAccount = 100;

    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(7);
    public static readonly TimeSpan RememberedFor = TimeSpan.FromDays(30);

    /// <param name="replaced">The session whose cookie the browser sent, if it did.</param>
    /// <returns>The session and the cookie's value, which is not kept anywhere.</returns>
    public async Task<(Session Session, string Cookie)> OpenAsync(
        Account account, HttpContext http, bool remember, Guid? replaced, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var cookie = SessionCookie.NewValue();
        var session = new Session
        {
            Id = Guid.CreateVersion7(now),
            AccountId = account.Id,
            CookieHash = SessionCookie.Hash(cookie) ?? throw new InvalidOperationException("A new cookie value has the wrong form."),
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + (remember ? RememberedFor : Lifetime),
            UserAgent = Shorten(http.Request.Headers.UserAgent.ToString()),
            Address = ClientAddress.Of(http),
        };

        var active = db.Sessions.Where(s => s.RevokedAt == null && s.ExpiresAt > now);
        var over = await active.Where(s => s.AccountId == account.Id).OrderByDescending(s => s.LastSeenAt).Skip(MostPerAccount - 1).ToListAsync(cancellation);
        if (replaced is not null)
            over.AddRange(await active.Where(s => s.Id == replaced).ToListAsync(cancellation));

        db.Sessions.Add(session);
        ending.Mark(over);
        await db.SaveChangesAsync(cancellation);
        await ending.AnnounceAsync(over);
        return (session, cookie);
    }

    private static string? Shorten(string userAgent)
    {
        if (userAgent.Length <= SessionConfiguration.MaxUserAgentLength)
            return userAgent.Length == 0 ? null : userAgent;

        // Half a surrogate pair cannot be stored.
        var length = SessionConfiguration.MaxUserAgentLength;
        return userAgent[..(char.IsHighSurrogate(userAgent[length - 1]) ? length - 1 : length)];
    }
}
