using Chat.Presence.Data;
using Chat.Presence.Pairs;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Blocks;

/// <summary>Makes committed blocks effective everywhere: messaging has been told, and the events stand in every queue (docs/decisions/0012-blocks.md).</summary>
internal sealed class BlockSettlement(PresenceDb db, MessagingBlocks messaging, Outbox outbox, ILogger<BlockSettlement> logger)
{
    /// <summary>
    /// Settles what one person's blocking of another has left open, by this request or an earlier one: the latest alone is told, for it supersedes the others. May be done
    /// twice, and by several at once.
    /// </summary>
    /// <returns>False when messaging or the broker cannot be reached in time: the same request may be repeated.</returns>
    public async Task<bool> SettleAsync(Guid blocker, Guid blocked, CancellationToken cancellationToken)
    {
        var latest = await db.UnsettledBlocks.AsNoTracking()
            .Where(row => row.Blocker == blocker && row.Blocked == blocked)
            .OrderByDescending(row => row.Rev)
            .FirstOrDefaultAsync(cancellationToken);
        if (latest is null)
            return true;

        outbox.Wake();
        try
        {
            await messaging.TellAsync(latest, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
        {
            logger.LogWarning("A block of {Blocker} is not effective yet: {Reason}", blocker, exception.Message);
            return false;
        }

        if (!await outbox.PublishedAsync(Pair.Of(blocker, blocked).Key, cancellationToken))
            return false;
        await db.UnsettledBlocks.Where(row => row.Blocker == blocker && row.Blocked == blocked && row.Rev <= latest.Rev).ExecuteDeleteAsync(cancellationToken);
        return true;
    }
}
