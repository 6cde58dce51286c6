using Chat.Contracts;
using Chat.Presence.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Pairs;

/// <summary>Ends what binds two people, within a transaction that holds both (<see cref="PairLock"/>).</summary>
internal sealed class Parting(PresenceDb db, TimeProvider time)
{
    /// <summary>Ends their friendship.</summary>
    /// <param name="by">Who ends it.</param>
    /// <returns>The event to announce; null when they were no friends.</returns>
    public async Task<FriendRemoved?> EndFriendshipAsync(Guid by, Guid other, long rev, CancellationToken cancellationToken) =>
        await db.Friends.Where(row => (row.User == by && row.Other == other) || (row.User == other && row.Other == by)).ExecuteDeleteAsync(cancellationToken) > 0
            ? new FriendRemoved { User = by, Other = other, Rev = rev, At = time.GetUtcNow() }
            : null;

    /// <summary>Ends the request between them, whoever made it.</summary>
    /// <param name="by">Who ends it.</param>
    /// <returns>The event to announce; null when there was none.</returns>
    public async Task<FriendRequestEnded?> EndRequestAsync(Guid by, Guid other, long rev, CancellationToken cancellationToken)
    {
        if (await RemoveRequestAsync(by, other, cancellationToken))
            return new FriendRequestEnded { From = by, To = other, By = by, Rev = rev, At = time.GetUtcNow() };
        return await RemoveRequestAsync(other, by, cancellationToken) ? new FriendRequestEnded { From = other, To = by, By = by, Rev = rev, At = time.GetUtcNow() } : null;
    }

    private async Task<bool> RemoveRequestAsync(Guid from, Guid to, CancellationToken cancellationToken) =>
        await db.FriendRequests.Where(request => request.From == from && request.To == to).ExecuteDeleteAsync(cancellationToken) > 0;
}
