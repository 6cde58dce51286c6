using Chat.Contracts;
using Chat.Presence.Data;
using Chat.Presence.People;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Presence.Pairs;

/// <summary>
/// The lock under which everything between two people is changed: the rows of both in <c>profiles</c>, that of the lower id first, so that no two changes wait for each other.
/// What one person has (friends, requests, blocks) is counted under it too.
/// </summary>
internal sealed class PairLock(PresenceDb db)
{
    /// <summary>The sequence that revisions come from. Taken under the lock, they rise with every change between the same two people.</summary>
    public const string Revisions = "relation_revs";

    /// <summary>Locks both until the transaction ends.</summary>
    /// <param name="caller">Who makes the change.</param>
    /// <returns>A refusal when one of them was erased.</returns>
    public async Task<ProblemHttpResult?> TakeAsync(Guid caller, Guid other, CancellationToken cancellationToken)
    {
        var present = await PresentAsync(caller, other, cancellationToken);
        return !present.Contains(caller) ? Problems.Unauthorized("account_deleted", "This account was deleted.")
            : !present.Contains(other) ? PeopleDirectory.NotFound()
            : null;
    }

    /// <summary>Locks both until the transaction ends, erased or not.</summary>
    /// <returns>Those who were not erased.</returns>
    public async Task<IReadOnlyList<Guid>> PresentAsync(Guid one, Guid other, CancellationToken cancellationToken)
    {
        Guid[] both = [one, other];
        var locked = await db.Profiles.FromSql($"select * from profiles where id = any({both}) order by id for no key update").AsNoTracking().ToListAsync(cancellationToken);
        return [.. locked.Where(profile => !profile.Deleted).Select(profile => profile.Id)];
    }

    /// <summary>The revision of the change that is under way; the caller holds the lock.</summary>
    public async Task<long> RaiseAsync(CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<long>($"select nextval('relation_revs') as \"Value\"").ToListAsync(cancellationToken))[0];

    /// <summary>Adds the change's events to the transaction; the caller saves.</summary>
    public void Announce(Guid one, Guid other, params ReadOnlySpan<IRelationEvent> events)
    {
        var key = Pair.Of(one, other).Key;
        foreach (var @event in events)
            db.Add(OutboxMessage.From(@event, key));
    }
}
