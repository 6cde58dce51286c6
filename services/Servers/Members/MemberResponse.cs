namespace Chat.Servers.Members;

/// <summary>A member as every other member sees them.</summary>
/// <param name="Nickname">The name they go by here; absent: their display name.</param>
/// <param name="Roles">The ids of the roles held.</param>
/// <param name="TimedOutUntil">Until when they may not write or speak; absent: they may.</param>
/// <param name="EndsAt">When a temporary membership ends by itself; absent: it does not.</param>
/// <param name="Owner">Whether the server is theirs.</param>
internal sealed record MemberResponse(
    UserResponse User, string? Nickname, IReadOnlyList<Guid> Roles, DateTimeOffset JoinedAt, DateTimeOffset? TimedOutUntil, DateTimeOffset? EndsAt, bool Owner);

/// <summary>What everybody sees of a user.</summary>
/// <param name="Deleted">True when the account was erased; absent otherwise.</param>
internal sealed record UserResponse(Guid Id, string Username, string DisplayName, bool? Deleted);
