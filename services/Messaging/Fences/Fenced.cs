using Chat.Access;

namespace Chat.Messaging.Fences;

/// <summary>Something read from a channel, with the fence that stood there at the moment it was read.</summary>
/// <param name="AccessRev">The channel's fence in the same snapshot; 0 when there is nothing in <paramref name="Value"/> to keep from anybody.</param>
internal sealed record Fenced<T>(T Value, long AccessRev)
{
    /// <summary>
    /// Whether somebody who was allowed to read by <paramref name="access"/> may still be answered. What was sent after a loss of rights was answered is read together with its
    /// fence, so that whoever asked before the loss and reads after it asks again.
    /// </summary>
    public async ValueTask<bool> MayBeAnsweredAsync(Guid channel, Guid user, ChannelAccess access, IChannelPermissions permissions, CancellationToken cancellationToken) =>
        AccessRev <= access.Rev || await permissions.GetAsync(channel, user, cancellationToken) is not null;
}
