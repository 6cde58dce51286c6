using Chat.Messaging.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Changes;

/// <summary>The lock under which a channel is changed.</summary>
internal static class ChannelLock
{
    /// <summary>Locks the channel until the transaction ends.</summary>
    /// <returns>Its last revision; null when it has no row.</returns>
    public static async Task<long?> LockChannelAsync(this MessagingDbContext db, Guid channel, CancellationToken cancellationToken)
    {
        var locked = await db.Database.SqlQuery<long>($"select rev as \"Value\" from channels where id = {channel} for no key update").ToListAsync(cancellationToken);
        return locked is [var rev] ? rev : null;
    }
}
