using Chat.Access;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

internal static class ChannelList
{
    /// <summary>The channels of a server that a member can see, in order.</summary>
    public static async Task<IReadOnlyList<ChannelResponse>> ReadAsync(
        ServersDb db, Guid server, Guid user, bool owner, IReadOnlyList<HeldRole> roles, CancellationToken cancellationToken)
    {
        var channels = await db.Channels.AsNoTracking()
            .Where(channel => channel.Server == server)
            .OrderBy(channel => channel.Position).ThenBy(channel => channel.Id)
            .Select(channel => new ChannelResponse(channel.Id, channel.Name, channel.Kind, channel.Server, channel.Position))
            .ToListAsync(cancellationToken);
        return [.. channels.Where(_ => EffectivePermissions.Compute(user, owner, roles, Channel.NoOverrides) != Contracts.Permissions.None)];
    }
}
