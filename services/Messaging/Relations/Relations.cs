using Chat.Messaging.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Relations;

/// <summary>
/// Answers what people are to each other, from this service's own tables and within the context's transaction if there is one. A block counts from before presence has
/// answered it; a friendship a moment after.
/// </summary>
internal sealed class Relations(MessagingDbContext db)
{
    /// <summary>What <paramref name="a"/> and <paramref name="b"/> are to each other; nothing, where they are the same or have never met.</summary>
    public async Task<Relation> BetweenAsync(Guid a, Guid b, CancellationToken cancellationToken) => (await BetweenAsync(a, [b], cancellationToken))[b];

    /// <summary>What <paramref name="a"/> and each of <paramref name="others"/>, as B, are to each other. Has an entry for each of them.</summary>
    public async Task<IReadOnlyDictionary<Guid, Relation>> BetweenAsync(Guid a, IReadOnlyCollection<Guid> others, CancellationToken cancellationToken)
    {
        Guid[] asked = [.. others.Distinct()];
        var rows = await db.Database
            .SqlQuery<Row>(
                $"""
                select other as "Other",
                    exists (select from friendships where a = least({a}, other) and b = greatest({a}, other) and active) as "Friends",
                    exists (select from blocks where blocker = {a} and blocked = other and active) as "Blocks",
                    exists (select from blocks where blocker = other and blocked = {a} and active) as "BlockedBy"
                from unnest({asked}) as other
                """)
            .ToListAsync(cancellationToken);
        return rows.ToDictionary(row => row.Other, row => new Relation(row.Friends, row.Blocks, row.BlockedBy));
    }

    /// <summary>Those of some people who block a person.</summary>
    public Task<List<Guid>> BlockersAsync(Guid blocked, IReadOnlyCollection<Guid> among, CancellationToken cancellationToken) =>
        db.Blocks.Where(block => block.Blocked == blocked && block.Active && among.Contains(block.Blocker)).Select(block => block.Blocker).ToListAsync(cancellationToken);

    private sealed record Row(Guid Other, bool Friends, bool Blocks, bool BlockedBy);
}
