using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.Identity.SigningKeys;
using Chat.Identity.Tokens;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Chat.Identity.OAuth.Granting;

/// <summary>Opens, renews and ends what clients were given, and makes the tokens for it. Opening and renewing happen in the caller's transaction, in which it holds account and client.</summary>
internal sealed class Grants(
    IdentityDb db, SessionEnding ending, AccessTokens accessTokens, IdTokens idTokens, TokenIssuer issuer, IOptions<OAuthOptions> options, TimeProvider clock)
{
    /// <summary>Of one person for one client; one more ends the one that was unused longest.</summary>
    private const int MostPerClient = 20;

    /// <param name="renewable">Whether there will be refresh tokens; else it lives as long as its one access token.</param>
    /// <returns>The session by which it lives.</returns>
    public Session Open(OAuthGrant grant, bool renewable, HttpContext http)
    {
        var now = clock.GetUtcNow();
        var session = new Session
        {
            Id = grant.Id,
            AccountId = grant.AccountId,
            Kind = SessionKind.Grant,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + (renewable ? options.Value.RefreshTokensIdleFor : AccessTokens.Lifetime),
            SlidesUntil = renewable ? now + options.Value.RefreshTokensAtMost : null,
            Methods = [.. grant.AuthenticationMethods],
            Address = ClientAddress.Of(http),
        };
        db.Add(session);
        db.Add(grant);
        return session;
    }

    /// <summary>Moves the end of a grant that is in use, up to its last day.</summary>
    public void Extend(Session session)
    {
        var now = clock.GetUtcNow();
        var idle = now + options.Value.RefreshTokensIdleFor;
        var end = session.SlidesUntil is { } last && last < idle ? last : idle;
        db.Entry(session).Property(s => s.LastSeenAt).CurrentValue = now;
        db.Entry(session).Property(s => s.ExpiresAt).CurrentValue = end;
    }

    /// <returns>The token's text, which is kept nowhere.</returns>
    public string AddRefreshToken(Session session)
    {
        var text = RandomSecret.New(OAuthSecret.RefreshTokenPrefix);
        db.Add(new RefreshToken { Hash = RandomSecret.Hash(text), GrantId = session.Id, ExpiresAt = session.ExpiresAt });
        return text;
    }

    /// <summary>Marks the grants beyond the most that one person may have for one client; the caller announces them.</summary>
    public async Task<IReadOnlyList<Session>> MarkSurplusAsync(OAuthGrant opened, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var surplus = await Active(now)
            .Where(s => s.AccountId == opened.AccountId && db.OAuthGrants.Any(g => g.Id == s.Id && g.ClientId == opened.ClientId))
            .OrderByDescending(s => s.LastSeenAt).Skip(MostPerClient - 1).ToListAsync(cancellation);
        ending.Mark(surplus);
        return surplus;
    }

    /// <summary>Marks all that a person has allowed a client, within the caller's transaction; those ended lately are among the answer, so that a repeated request settles them.</summary>
    public async Task<IReadOnlyList<Session>> MarkAllAsync(Guid account, string client, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var lately = now - RevokedSessions.KeptFor;
        var sessions = await db.Sessions
            .Where(s => s.AccountId == account && s.Kind == SessionKind.Grant && s.ExpiresAt > now && (s.RevokedAt == null || s.RevokedAt > lately)
                && db.OAuthGrants.Any(g => g.Id == s.Id && g.ClientId == client))
            .ToListAsync(cancellation);
        ending.Mark(sessions.Where(s => s.RevokedAt is null));
        return sessions;
    }

    /// <returns>False when not every service knows yet.</returns>
    public Task<bool> EndAsync(Guid account, Guid grant, CancellationToken cancellation)
    {
        db.ChangeTracker.Clear();
        return ending.EndAsync(account, [grant], cancellation);
    }

    /// <summary>Tokens for a grant that was committed.</summary>
    /// <param name="scopes">All of the grant's, or fewer.</param>
    public TokenResponse Tokens(Account account, OAuthGrant grant, Session session, IReadOnlyCollection<string> scopes, string? refreshToken, string? nonce)
    {
        List<string> audiences = account.IsBot ? [] : [UserInfoAudience(issuer)];
        if (scopes.Any(OAuthScopes.IsOfApi))
            audiences.Add(AccessTokens.Audience);

        var access = accessTokens.Issue(account, session, scopes, grant.ClientId, audiences);
        var lifetime = (long)(access.ExpiresAt - clock.GetUtcNow()).TotalSeconds;
        return new TokenResponse(
            access.Text,
            "Bearer",
            Math.Max(0, lifetime),
            string.Join(' ', scopes),
            refreshToken,
            scopes.Contains(OAuthScopes.OpenId) ? idTokens.Issue(grant, access.Text, nonce) : null);
    }

    /// <summary>Who the tokens of every client are for, whether or not they are for the API as well.</summary>
    public static string UserInfoAudience(TokenIssuer issuer) => issuer.Page("oauth/userinfo");

    private IQueryable<Session> Active(DateTimeOffset now) => db.Sessions.Where(s => s.Kind == SessionKind.Grant && s.RevokedAt == null && s.ExpiresAt > now);
}
