using System.Net;

namespace Chat.Identity.Sessions;

/// <summary>One sign-in on one device. Ends when it expires or is revoked, whichever comes first; the row stays for a day after.</summary>
internal sealed class Session
{
    public required Guid Id { get; init; }

    public required Guid AccountId { get; init; }

    /// <summary>SHA-256 of the cookie's value.</summary>
    public required byte[] CookieHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; set; }

    public required string? UserAgent { get; init; }

    public required IPAddress? Address { get; init; }

    public bool IsActive(DateTimeOffset now) => RevokedAt is null && ExpiresAt > now;
}
