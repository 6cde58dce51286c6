namespace Chat.Contracts;

/// <summary>Somebody became a member of a server.</summary>
public sealed record MemberJoined : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The new member.</summary>
    public required Guid User { get; init; }

    /// <summary>Where newcomers are greeted: the first text channel, in the order of the list, that is not private; null when there is none.</summary>
    public Guid? WelcomeChannel { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody left a server of their own will, or their time in it was over; every right in it ended with this revision.</summary>
public sealed record MemberLeft : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Who left.</summary>
    public required Guid User { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody was removed from a server.</summary>
public sealed record MemberKicked : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Who was removed.</summary>
    public required Guid User { get; init; }

    /// <summary>By whom.</summary>
    public required Guid By { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody was shut out of a server, whether they were a member or not.</summary>
public sealed record MemberBanned : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Who was shut out.</summary>
    public required Guid User { get; init; }

    /// <summary>By whom.</summary>
    public required Guid By { get; init; }

    /// <summary>Their messages since then are to go; null: they stay.</summary>
    public DateTimeOffset? DeleteMessagesSince { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody who was shut out may come back.</summary>
public sealed record MemberUnbanned : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Who.</summary>
    public required Guid User { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody holds other roles than before.</summary>
public sealed record MemberRolesChanged : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Who.</summary>
    public required Guid User { get; init; }

    /// <summary>All roles they hold now.</summary>
    public required IReadOnlyList<Guid> Roles { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody goes by another name in a server.</summary>
public sealed record MemberRenamed : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Who.</summary>
    public required Guid User { get; init; }

    /// <summary>The nickname; null when they have none.</summary>
    public string? Nickname { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody may not write or speak for a while, or may again.</summary>
public sealed record MemberTimedOut : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Who.</summary>
    public required Guid User { get; init; }

    /// <summary>Until when; null: it was lifted.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
