using System.Data;
using Chat.Access;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Channels;

/// <summary>Reads a channel for somebody who asks for it by its id alone.</summary>
internal static class ChannelReader
{
    /// <summary>The channel and what the user is in its server, as of one moment.</summary>
    /// <returns>Null when there is no such channel, or the user cannot see it.</returns>
    public static async Task<(RuledChannel Channel, MemberStanding Member)?> FindAsync(
        ServersDb db, Guid channel, Guid user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var snapshot = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        return await RuledChannel.FindAsync(db.Channels.AsNoTracking(), db.ChannelOverrides.AsNoTracking(), channel, cancellationToken) is { } found
            && await Memberships.StandingAsync(db, found.Row.Server, user, now, cancellationToken) is { Standing: var member }
            && EffectivePermissions.Compute(member, found.Rules) != Contracts.Permissions.None
            ? (found, member)
            : null;
    }
}
