using Chat.Contracts;

namespace Chat.Access;

/// <summary>What a user may do in a channel they can see.</summary>
/// <param name="Server">The server the channel belongs to.</param>
/// <param name="Granted">The effective permissions there; always contains <see cref="Permissions.ViewChannel"/>.</param>
/// <param name="Rev">The revision of the server that this is true of: whoever knows that rights were lost at a later one asks again.</param>
public sealed record ChannelAccess(Guid Server, Permissions Granted, long Rev)
{
    /// <summary>Whether every one of <paramref name="wanted"/> is granted.</summary>
    public bool Allows(Permissions wanted) => (Granted & wanted) == wanted;
}

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
}

/// <summary>Bounds of <see cref="IChannelPermissions"/>.</summary>
public static class ChannelPermissionsLimits
{
    /// <summary>The most channels <see cref="IChannelPermissions.GetManyAsync"/> takes at once.</summary>
    public const int MaxChannels = 500;
}
