namespace Chat.Contracts;

/// <summary>A role was created or changed. Carries all of it as it is now.</summary>
public sealed record RoleChanged : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The role's id.</summary>
    public required Guid Role { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it grants throughout the server.</summary>
    public required Permissions Permissions { get; init; }

    /// <summary>Its colour as 0xRRGGBB; null when it has none.</summary>
    public int? Colour { get; init; }

    /// <summary>Whether its members are shown apart.</summary>
    public required bool Hoist { get; init; }

    /// <summary>Whether anybody may mention it.</summary>
    public required bool Mentionable { get; init; }

    /// <summary>Rank: a higher position stands above.</summary>
    public required int Position { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A role was deleted: nobody holds it any more, and no channel's override names it.</summary>
public sealed record RoleDeleted : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>The role's id.</summary>
    public required Guid Role { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Roles were put in another order.</summary>
public sealed record RolesReordered : IServerEvent
{
    /// <inheritdoc/>
    public required Guid Server { get; init; }

    /// <inheritdoc/>
    public required long Rev { get; init; }

    /// <summary>All of them, lowest first.</summary>
    public required IReadOnlyList<Guid> Roles { get; init; }

    /// <inheritdoc/>
    public required DateTimeOffset At { get; init; }
}
