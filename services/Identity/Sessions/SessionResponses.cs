using Chat.Identity.Accounts;

namespace Chat.Identity.Sessions;

internal sealed record LoginResponse(AccountResponse User, OpenedSession Session);

internal sealed record OpenedSession(Guid Id, DateTimeOffset ExpiresAt);

/// <summary>A session in the list of its owner. <see cref="Current"/>: the one that asks.</summary>
internal sealed record SessionResponse(
    Guid Id, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, DateTimeOffset ExpiresAt, string? UserAgent, string? Device, string? Address, bool Current)
{
    public static SessionResponse From(Session session, Guid current) =>
        new(session.Id, session.CreatedAt, session.LastSeenAt, session.ExpiresAt, session.UserAgent, Sessions.Device.Name(session.UserAgent), session.Address?.ToString(), session.Id == current);
}

internal sealed record SessionList(IReadOnlyList<SessionResponse> Items, string? Next);
