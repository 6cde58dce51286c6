using Chat.Contracts;
using Chat.Presence.Data;
using Chat.Presence.Pairs;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.People;

/// <summary>
/// Ends everything between an erased account and others. First its profile is marked, under the lock that every change takes, so that one still on its way is either seen here
/// or refused; then its relations end one person after the other, with their events. May be run again after any failure.
/// </summary>
internal sealed class Erasure(PresenceDb db, PairLock pairs, Parting parting, TimeProvider time)
{
    private const int Group = 200;

    public async Task RunAsync(Guid user, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into profiles (id, username, display_name, updated_at, deleted)
            values ({user}, {Profile.DeletedUsername}, {Profile.DeletedDisplayName}, {at.ToUniversalTime()}, true)
            on conflict (id) do update set username = excluded.username, display_name = excluded.display_name, updated_at = excluded.updated_at, deleted = true
            where not profiles.deleted
            """,
            cancellationToken);

        while (await OthersAsync(user, cancellationToken) is { Count: > 0 } others)
        {
            foreach (var other in others)
                await PartAsync(user, other, cancellationToken);
        }
    }

    private Task<List<Guid>> OthersAsync(Guid user, CancellationToken cancellationToken) =>
        db.Friends.Where(friend => friend.User == user).Select(friend => friend.Other)
            .Union(db.FriendRequests.Where(request => request.From == user).Select(request => request.To))
            .Union(db.FriendRequests.Where(request => request.To == user).Select(request => request.From))
            .Union(db.Blocks.Where(block => block.Blocker == user).Select(block => block.Blocked))
            .Union(db.Blocks.Where(block => block.Blocked == user).Select(block => block.Blocker))
            .Take(Group)
            .ToListAsync(cancellationToken);

    private async Task PartAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await pairs.PresentAsync(user, other, cancellationToken);
        var rev = await pairs.RaiseAsync(cancellationToken);
        if (await parting.EndFriendshipAsync(user, other, rev, cancellationToken) is { } friendship)
            pairs.Announce(user, other, friendship);
        if (await parting.EndRequestAsync(user, other, rev, cancellationToken) is { } request)
            pairs.Announce(user, other, request);
        await UnblockAsync(user, other, rev, cancellationToken);
        await UnblockAsync(other, user, rev, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }

    /// <summary>Nobody waits for messaging to know: the event tells it. What was still to be told of earlier changes is superseded by that.</summary>
    private async Task UnblockAsync(Guid blocker, Guid blocked, long rev, CancellationToken cancellationToken)
    {
        await db.UnsettledBlocks.Where(row => row.Blocker == blocker && row.Blocked == blocked).ExecuteDeleteAsync(cancellationToken);
        if (await db.Blocks.Where(block => block.Blocker == blocker && block.Blocked == blocked).ExecuteDeleteAsync(cancellationToken) > 0)
            pairs.Announce(blocker, blocked, new UserUnblocked { Blocker = blocker, Blocked = blocked, Rev = rev, At = time.GetUtcNow() });
    }
}
