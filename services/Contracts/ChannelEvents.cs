namespace Chat.Contracts;

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

    /// <summary>Its kind: <c>text</c>, <c>voice</c>, <c>video</c> or <c>announcement</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What it is about; null when it does not say.</summary>
    public string? Topic { get; init; }

    /// <summary>Seconds between two messages of one member; 0: none.</summary>
    public int SlowMode { get; init; }

    /// <summary>The category it is in; null for none.</summary>
    public Guid? Category { get; init; }

    /// <summary>Whether only overrides let anybody see it.</summary>
    public bool Private { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A channel changed. Carries all of it as it is now.</summary>
public sealed record ChannelUpdated : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The channel's id.</summary>
    public required Guid Channel { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about; null when it does not say.</summary>
    public string? Topic { get; init; }

    /// <summary>Seconds between two messages of one member; 0: none.</summary>
    public required int SlowMode { get; init; }

    /// <summary>The category it is in; null for none.</summary>
    public Guid? Category { get; init; }

    /// <summary>Whether only overrides let anybody see it.</summary>
    public required bool Private { get; init; }

    /// <summary>The name it had until now; null when this did not change it.</summary>
    public string? PreviousName { get; init; }

    /// <summary>Who changed it; null where an earlier version did not say.</summary>
    public Guid? By { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A channel was deleted, and what was said in it is to go.</summary>
public sealed record ChannelDeleted : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The channel's id.</summary>
    public required Guid Channel { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>What a channel changes for a role or a member was set or removed.</summary>
public sealed record ChannelOverrideChanged : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The channel's id.</summary>
    public required Guid Channel { get; init; }

    /// <summary>The role's or the user's id.</summary>
    public required Guid Target { get; init; }

    /// <summary>Flags added.</summary>
    public required Permissions Allow { get; init; }

    /// <summary>Flags taken away. Where both are none the override is gone.</summary>
    public required Permissions Deny { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Channels and categories were put in another order.</summary>
public sealed record ChannelsReordered : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>Categories in order.</summary>
    public required IReadOnlyList<Guid> Categories { get; init; }

    /// <summary>Channels in order.</summary>
    public required IReadOnlyList<ChannelPlace> Channels { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Where a channel stands.</summary>
/// <param name="Channel">The channel's id.</param>
/// <param name="Category">The category it is in; null for none.</param>
public sealed record ChannelPlace(Guid Channel, Guid? Category = null);

/// <summary>A category of channels was created or renamed.</summary>
public sealed record CategoryChanged : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The category's id.</summary>
    public required Guid Category { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A category was deleted; its channels stay, without one.</summary>
public sealed record CategoryDeleted : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The category's id.</summary>
    public required Guid Category { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
