using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Tokens;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Sessions;

/// <summary>
/// Opens sessions. An account has at most <see cref="MostPerAccount"/> of a browser's; one more ends the one that was unused longest. Whoever opens one, or ends all,
/// holds the account's row meanwhile: no session outlives a change that ends them all.
/// </summary>
internal sealed class SessionOpening(IdentityDb db, SessionEnding ending, IOptions<SessionOptions> options, TimeProvider clock)
{
    public const int MostPerAccount = 100;

    /// <summary>The end of what has none.</summary>
    public static readonly DateTimeOffset Never = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Locks the account's row until the caller's transaction ends.</summary>
    /// <param name="stamp">The security stamp that the credentials were checked against, or null where it does not matter.</param>
    /// <returns>Whether the account is active, a bot's owner's as well, and its credentials are still those that were checked.</returns>
    public async Task<bool> HoldAsync(Guid account, string? stamp, CancellationToken cancellation)
    {
        var held = await db.Database
            .SqlQuery<HeldAccount>($"""select state as "State", security_stamp as "SecurityStamp", owner_id as "OwnerId" from accounts where id = {account} for no key update""")
            .ToListAsync(cancellation);
        if (held is not [{ State: (int)AccountState.Active } found] || (stamp is not null && found.SecurityStamp != stamp))
            return false;

        // A bot works only while its owner's account is active. Asked once the bot is held, as whoever changes the owner's holds its bots too.
        return found.OwnerId is not { } owner || await db.Users.AnyAsync(a => a.Id == owner && a.State == AccountState.Active, cancellation);
    }

    /// <summary>
    /// The same for whoever is signed in: their session may have ended between the check of the token and here. What ends sessions holds the account as well, so that once
    /// it is answered nothing is done any more by a request that was under way (promise G4).
    /// </summary>
    /// <returns>Whether the account is active and the session stands.</returns>
    public async Task<bool> HoldAsync(Caller caller, CancellationToken cancellation) =>
        await HoldAsync(caller.Id, stamp: null, cancellation) && await StandsAsync(caller, cancellation);

    /// <summary>Whether the caller's session stands: for those who hold the account already.</summary>
    public Task<bool> StandsAsync(Caller caller, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return db.Sessions.AnyAsync(s => s.Id == caller.Session && s.AccountId == caller.Id && s.RevokedAt == null && s.ExpiresAt > now, cancellation);
    }

    /// <param name="methods">How the person has signed in: <c>amr</c> values.</param>
    /// <param name="replaced">The session whose cookie the browser sent, if it did.</param>
    /// <returns>The session and the cookie's value, which is not kept anywhere; null when the account has changed since its credentials were checked.</returns>
    public async Task<(Session Session, string Cookie)?> OpenAsync(
        Account account, HttpContext http, IReadOnlyList<string> methods, bool remember, Guid? replaced, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await HoldAsync(account.Id, account.SecurityStamp, cancellation))
            return null;

        var now = clock.GetUtcNow();
        var cookie = RandomSecret.New();
        var session = new Session
        {
            Id = Guid.CreateVersion7(now),
            AccountId = account.Id,
            Kind = SessionKind.Browser,
            CookieHash = RandomSecret.HashIfOurs(cookie) ?? throw new InvalidOperationException("A new cookie value has the wrong form."),
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + (remember ? options.Value.RememberedFor : options.Value.Lifetime),
            SlidesUntil = remember ? now + options.Value.RememberedAtMost : null,
            ProvedAt = now,
            Methods = [.. methods],
            UserAgent = Shorten(http.Request.Headers.UserAgent.ToString()),
            Address = ClientAddress.Of(http),
        };

        var active = db.Sessions.Where(s => s.Kind == SessionKind.Browser && s.RevokedAt == null && s.ExpiresAt > now);
        var over = await active.Where(s => s.AccountId == account.Id).OrderByDescending(s => s.LastSeenAt).Skip(MostPerAccount - 1).ToListAsync(cancellation);
        if (replaced is not null)
            over.AddRange(await active.Where(s => s.Id == replaced).ToListAsync(cancellation));

        db.Sessions.Add(session);
        ending.Mark(over);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
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

    private sealed record HeldAccount(int State, string? SecurityStamp, Guid? OwnerId);
}
