using Chat.Messaging.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Relations;

/// <summary>
/// Holds what two people are to each other until the transaction ends, so that a block and a conversation that is being begun see one another, though neither has a row yet.
/// Taken before any other lock.
/// </summary>
internal static class PairLock
{
    /// <summary>Apart from other advisory locks.</summary>
    private const int Kind = 0x70616972;

    /// <summary>Locks one person with each of the others, in an order that is the same for everybody.</summary>
    public static Task TakeAsync(MessagingDbContext db, Guid user, IReadOnlyCollection<Guid> others, CancellationToken cancellationToken)
    {
        Guid[] asked = [.. others];
        return db.Database.ExecuteSqlAsync(
            $"""
            select pg_advisory_xact_lock({Kind}, place)
            from (select distinct hashtext(least({user}, other)::text || greatest({user}, other)::text) as place from unnest({asked}) as other order by place) as places
            """,
            cancellationToken);
    }
}
