namespace Chat.Contracts;

/// <summary>
/// An event about what two people are to each other. Its revision orders everything about these two: whoever keeps state from such events ignores what is not newer than
/// what it has.
/// </summary>
public interface IRelationEvent : IEvent
{
    /// <summary>Raised under the lock of both people: higher than in everything that happened between these two before, with gaps. Events of one change share it.</summary>
    long Rev { get; }
}

/// <summary>Somebody asked somebody else to be friends.</summary>
public sealed record FriendRequested : IRelationEvent
{
    /// <summary>Who asks.</summary>
    public required Guid From { get; init; }

    /// <summary>Who is asked.</summary>
    public required Guid To { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A friend request ended without a friendship: it was declined or withdrawn, one blocked the other, or an account was erased.</summary>
public sealed record FriendRequestEnded : IRelationEvent
{
    /// <summary>Who had asked.</summary>
    public required Guid From { get; init; }

    /// <summary>Who had been asked.</summary>
    public required Guid To { get; init; }

    /// <summary>Which of the two ended it.</summary>
    public required Guid By { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Two people became friends; the request between them is over.</summary>
public sealed record FriendAccepted : IRelationEvent
{
    /// <summary>Who had asked.</summary>
    public required Guid From { get; init; }

    /// <summary>Who accepted, or asked as well.</summary>
    public required Guid To { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Two people are no longer friends: one of them ended it or blocked the other, or an account was erased.</summary>
public sealed record FriendRemoved : IRelationEvent
{
    /// <summary>Who ended it.</summary>
    public required Guid User { get; init; }

    /// <summary>The other.</summary>
    public required Guid Other { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody blocked somebody else. A friendship or request between them ended with the same revision.</summary>
public sealed record UserBlocked : IRelationEvent
{
    /// <summary>Who blocks.</summary>
    public required Guid Blocker { get; init; }

    /// <summary>Who is blocked.</summary>
    public required Guid Blocked { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody no longer blocks somebody else. A block the other way stands.</summary>
public sealed record UserUnblocked : IRelationEvent
{
    /// <summary>Who blocked.</summary>
    public required Guid Blocker { get; init; }

    /// <summary>Who was blocked.</summary>
    public required Guid Blocked { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
