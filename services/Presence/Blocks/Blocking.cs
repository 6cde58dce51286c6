using Chat.Contracts;
using Chat.Presence.Data;
using Chat.Presence.Pairs;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Blocks;

/// <summary>Makes and ends blocks, within the caller's transaction; <see cref="BlockSettlement"/> makes them effective after the commit.</summary>
internal sealed class Blocking(PresenceDb db, PairLock pairs, Parting parting, TimeProvider time)
{
    /// <summary>The most people one person blocks.</summary>
    public const int MostBlocks = 1000;

    /// <summary>Blocks somebody, and ends whatever is between the two.</summary>
    public async Task<Results<Ok<Nothing>, ProblemHttpResult>> BlockAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        if (await pairs.TakeAsync(user, other, cancellationToken) is { } refusal)
            return refusal;
        if (await StandsAsync(user, other, cancellationToken))
            return Nothing.Done;
        if (await db.Blocks.CountAsync(block => block.Blocker == user, cancellationToken) >= MostBlocks)
            return Problems.Conflict("too_many_blocks", $"A person blocks {MostBlocks} people at most. Unblock one first.");

        var (rev, now) = (await pairs.RaiseAsync(cancellationToken), time.GetUtcNow());
        if (await parting.EndFriendshipAsync(user, other, rev, cancellationToken) is { } friendship)
            pairs.Announce(user, other, friendship);
        if (await parting.EndRequestAsync(user, other, rev, cancellationToken) is { } request)
            pairs.Announce(user, other, request);
        db.Add(new Block { Blocker = user, Blocked = other, Rev = rev, CreatedAt = now });
        pairs.Announce(user, other, new UserBlocked { Blocker = user, Blocked = other, Rev = rev, At = now });
        await SaveAsync(user, other, rev, active: true, now, cancellationToken);
        return Nothing.Done;
    }

    /// <summary>Ends a block. What it had ended does not come back.</summary>
    public async Task<Results<Ok<Nothing>, ProblemHttpResult>> UnblockAsync(Guid user, Guid other, CancellationToken cancellationToken)
    {
        if (await pairs.TakeAsync(user, other, cancellationToken) is { } refusal)
            return Nothing.Unless(refusal);
        if (!await StandsAsync(user, other, cancellationToken))
            return Nothing.Done;

        var (rev, now) = (await pairs.RaiseAsync(cancellationToken), time.GetUtcNow());
        await db.Blocks.Where(block => block.Blocker == user && block.Blocked == other).ExecuteDeleteAsync(cancellationToken);
        pairs.Announce(user, other, new UserUnblocked { Blocker = user, Blocked = other, Rev = rev, At = now });
        await SaveAsync(user, other, rev, active: false, now, cancellationToken);
        return Nothing.Done;
    }

    private Task<bool> StandsAsync(Guid user, Guid other, CancellationToken cancellationToken) =>
        db.Blocks.AnyAsync(block => block.Blocker == user && block.Blocked == other, cancellationToken);

    private Task<int> SaveAsync(Guid user, Guid other, long rev, bool active, DateTimeOffset now, CancellationToken cancellationToken)
    {
        db.Add(new UnsettledBlock { Blocker = user, Blocked = other, Rev = rev, Active = active, CreatedAt = now });
        return db.SaveChangesAsync(cancellationToken);
    }
}
