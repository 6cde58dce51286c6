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

/// <summary>What a server shows of itself changed, or its owner, or whether it is archived. Carries all of it as it is now.</summary>
public sealed record ServerUpdated : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The user who owns it.</summary>
    public required Guid Owner { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it says about itself; null when nothing.</summary>
    public string? Description { get; init; }

    /// <summary>The file of its icon; null when there is none.</summary>
    public Guid? Icon { get; init; }

    /// <summary>The file of its banner; null when there is none.</summary>
    public Guid? Banner { get; init; }

    /// <summary>Whether anybody may find and join it.</summary>
    public required bool Public { get; init; }

    /// <summary>Its category.</summary>
    public required string Category { get; init; }

    /// <summary>Its tags.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Its name in invite links; null when it has none.</summary>
    public string? Vanity { get; init; }

    /// <summary>The code of the built-in role that newcomers get; null in events from before it was told.</summary>
    public string? Newcomers { get; init; }

    /// <summary>Whether it is archived: read-only for everybody.</summary>
    public required bool Archived { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A server was deleted, and everything in it is to go. Its revisions end with this one.</summary>
public sealed record ServerDeleted : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The channels it had.</summary>
    public required IReadOnlyList<Guid> Channels { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>With this revision rights were taken away. Whatever was allowed on the word of an earlier revision is to be asked again, for whom and where this says.</summary>
public sealed record AccessLost : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Whose rights; null: possibly everybody's.</summary>
    public IReadOnlyList<Guid>? Users { get; init; }

    /// <summary>In which channel; null: in all of the server's.</summary>
    public Guid? Channel { get; init; }

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
