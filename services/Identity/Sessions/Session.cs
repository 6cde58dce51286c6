using System.Net;

namespace Chat.Identity.Sessions;

/// <summary>What a session authenticates. Stored by number.</summary>
internal enum SessionKind
{
    /// <summary>A sign-in; carried by a cookie.</summary>
    Browser = 0,

    /// <summary>A personal access token, or a bot's.</summary>
    Token = 1,

    /// <summary>What a person has allowed an OAuth client.</summary>
    Grant = 2,
}

/// <summary>
/// Whether something that authenticates still does: a sign-in, a token, a grant. Its id is the <c>sid</c> of every access token made from it. Ends when it expires or is
/// revoked, whichever comes first; the row stays for a day after.
/// </summary>
internal sealed class Session
{
    public required Guid Id { get; init; }

    public required Guid AccountId { get; init; }

    public SessionKind Kind { get; init; }

    /// <summary>SHA-256 of the cookie's value; null unless it is a browser's.</summary>
    public byte[]? CookieHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How far <see cref="ExpiresAt"/> may be moved by use; null where it does not move.</summary>
    public DateTimeOffset? SlidesUntil { get; init; }

    /// <summary>When credentials were last shown on this session.</summary>
    public DateTimeOffset? ProvedAt { get; init; }

    /// <summary>How its person signed in: the <c>amr</c> values of RFC 8176.</summary>
    public List<string> Methods { get; init; } = [];

    public DateTimeOffset? RevokedAt { get; set; }

    public string? UserAgent { get; init; }

    public IPAddress? Address { get; init; }

    public bool IsActive(DateTimeOffset now) => RevokedAt is null && ExpiresAt > now;
}
