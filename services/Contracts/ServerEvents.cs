namespace Chat.Contracts;

/// <summary>A server (community) was created.</summary>
public sealed record ServerCreated : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The user who owns it.</summary>
    public required Guid Owner { get; init; }

    /// <summary>Its name, 2 to 100 characters.</summary>
    public required string Name { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A channel was created in a server.</summary>
public sealed record ChannelCreated : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The channel's id.</summary>
    public required Guid Channel { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its kind: <c>text</c>.</summary>
    public required string Kind { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody became a member of a server.</summary>
public sealed record MemberJoined : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The new member.</summary>
    public required Guid User { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Somebody left a server; every right in it ended with this revision.</summary>
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

/// <summary>An invite was created, used or withdrawn.</summary>
public sealed record InviteChanged : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The invite's code.</summary>
    public required string Code { get; init; }

    /// <summary>Whether it can still be accepted.</summary>
    public required bool Live { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
