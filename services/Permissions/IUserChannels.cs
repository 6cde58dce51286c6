namespace Chat.Access;

/// <summary>A server that somebody is a member of.</summary>
/// <param name="Server">The server's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="JoinedAt">Since when they are a member.</param>
/// <param name="Rev">The server's revision that all of this is true of.</param>
/// <param name="Roles">The roles they hold.</param>
/// <param name="Channels">The channels that they may view.</param>
public sealed record UserServer(Guid Server, string Name, DateTimeOffset JoinedAt, long Rev, IReadOnlyList<Guid> Roles, IReadOnlyList<UserChannel> Channels);

/// <summary>A channel of a server.</summary>
/// <param name="Id">The channel's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>text</c>, <c>voice</c>, <c>video</c> or <c>announcement</c>.</param>
public sealed record UserChannel(Guid Id, string Name, string Kind);

/// <summary>Everything in servers that somebody may view. Asks the servers service each time.</summary>
public interface IUserChannels
{
    /// <summary>
    /// The servers that <paramref name="user"/> is in, 100 at most, in the order of joining, each with the channels that they may view there at this moment, 500 at most, in the order
    /// of their creation. Threads are not among them.
    /// </summary>
    /// <param name="server">Only this one, if they are in it; null: all.</param>
    /// <exception cref="ServiceDefaults.ServiceUnavailableException">Servers does not answer: 503 <c>permissions_unavailable</c>.</exception>
    ValueTask<IReadOnlyList<UserServer>> OfAsync(Guid user, Guid? server, CancellationToken cancellationToken);
}
