using Chat.Contracts;

namespace Chat.Access;

/// <summary>What a user may do in a channel they can see.</summary>
/// <param name="Server">The server the channel belongs to.</param>
/// <param name="Granted">The effective permissions there; always contains <see cref="Permissions.ViewChannel"/>.</param>
/// <param name="Rev">The revision of the server that this is true of: whoever knows that rights were lost at a later one asks again.</param>
/// <param name="SlowMode">Seconds that the user has to let pass between two messages there; 0: none, also for whoever holds ManageMessages or ManageChannels there.</param>
public sealed record ChannelAccess(Guid Server, Permissions Granted, long Rev, int SlowMode = 0)
{
    /// <summary>The channel that a thread hangs in, whose permissions these are; null for all other channels.</summary>
    public Guid? Parent { get; init; }

    /// <summary>Whether every one of <paramref name="wanted"/> is granted.</summary>
    public bool Allows(Permissions wanted) => (Granted & wanted) == wanted;
}

/// <summary>Whom a message in a channel can reach, all of one moment.</summary>
/// <param name="Users">Those of the users asked about who may view the channel; none where there is no such channel.</param>
/// <param name="Roles">Those of the roles asked about that belong to the channel's server.</param>
public sealed record ChannelAudience(IReadOnlyList<Guid> Users, IReadOnlyList<AudienceRole> Roles)
{
    /// <summary>Of a channel that does not exist.</summary>
    public static ChannelAudience Nobody { get; } = new([], []);
}

/// <summary>A role of a channel's server.</summary>
/// <param name="Id">The role's id.</param>
/// <param name="Mentionable">Whether anybody may mention it; otherwise it takes <see cref="Permissions.MentionEveryone"/>.</param>
public readonly record struct AudienceRole(Guid Id, bool Mentionable);

/// <summary>
/// Who may do what in which channel, at this moment. Nothing is remembered between calls: once a loss of access is acknowledged, every replica of every service
/// answers null. Reads Redis (one round trip); asks the servers service where Redis is away or does not hold the whole server.
/// </summary>
public interface IChannelPermissions
{
    /// <summary>Looks one channel up.</summary>
    /// <returns>Null when the channel does not exist, the user is not a member or may not see it: callers must not tell these apart to the user.</returns>
    /// <exception cref="ServiceDefaults.ServiceUnavailableException">Neither Redis nor servers answers: 503 <c>permissions_unavailable</c>.</exception>
    ValueTask<ChannelAccess?> GetAsync(Guid channel, Guid user, CancellationToken cancellationToken);

    /// <summary>Looks several channels up for one user, at most <see cref="ChannelPermissionsLimits.MaxChannels"/>.</summary>
    /// <returns>The visible ones by channel id; the others are absent.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More channels than that.</exception>
    /// <exception cref="ServiceDefaults.ServiceUnavailableException">As for <see cref="GetAsync"/>.</exception>
    ValueTask<IReadOnlyDictionary<Guid, ChannelAccess>> GetManyAsync(IReadOnlyCollection<Guid> channels, Guid user, CancellationToken cancellationToken);

    /// <summary>
    /// Which of some users may view a channel, and which of some roles are of its server: at most <see cref="ChannelPermissionsLimits.MaxAudience"/> of each. Who asked for it is
    /// not checked.
    /// </summary>
    /// <returns>Each user and role once, in the order given.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More users or roles than that.</exception>
    /// <exception cref="ServiceDefaults.ServiceUnavailableException">As for <see cref="GetAsync"/>.</exception>
    ValueTask<ChannelAudience> AudienceAsync(Guid channel, IReadOnlyCollection<Guid> users, IReadOnlyCollection<Guid> roles, CancellationToken cancellationToken);
}

/// <summary>Bounds of <see cref="IChannelPermissions"/>.</summary>
public static class ChannelPermissionsLimits
{
    /// <summary>The most channels <see cref="IChannelPermissions.GetManyAsync"/> takes at once.</summary>
    public const int MaxChannels = 500;

    /// <summary>The most users, and the most roles, <see cref="IChannelPermissions.AudienceAsync"/> takes at once.</summary>
    public const int MaxAudience = 100;
}
