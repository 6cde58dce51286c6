namespace Chat.Contracts;

/// <summary>A session ended: logged out, or ended from another one. Nothing it asks for is served from here on.</summary>
public sealed record SessionRevoked : IEvent
{
    /// <summary>The session's id, the <c>sid</c> claim of its access tokens.</summary>
    public required Guid Session { get; init; }

    /// <summary>Whose session it was.</summary>
    public required Guid User { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>An account came into use (its address was verified) or what others see of it changed.</summary>
public sealed record UserUpdated : IEvent
{
    /// <summary>The account's id.</summary>
    public required Guid User { get; init; }

    /// <summary>The unique, lower-case user name.</summary>
    public required string Username { get; init; }

    /// <summary>The name shown to others.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The file of the picture; null when there is none.</summary>
    public Guid? Avatar { get; init; }

    /// <summary>Whether the account is a program's.</summary>
    public bool Bot { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>
/// An account was erased, for good. Whoever keeps its names forgets them, and no <see cref="UserUpdated"/> or token that comes later brings them back.
/// </summary>
public sealed record UserDeleted : IEvent
{
    /// <summary>The account's id.</summary>
    public required Guid User { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
