using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Data;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;
using StackExchange.Redis;

namespace Chat.Servers.Changes;

/// <summary>
/// What follows from every change of a server: events, and the debt to whoever acts on the word of an earlier revision. <see cref="Record"/> adds both to the change's
/// transaction, <see cref="PublishAsync"/> and <see cref="TakeEffectAsync"/> pay the debt after the commit. One change per request. Routes use <see cref="ServerActs"/>.
/// </summary>
internal sealed class ServerChanges(
    ServersDb db, PermissionModelWriter model, SendFence fence, Outbox outbox, SettledChanges settled, TimeProvider time, ILogger<ServerChanges> logger)
{
    private ModelDelta? _delta;
    private bool _accessLost;

    /// <summary>Whether this request changed anything.</summary>
    public bool Any => _delta is not null;

    /// <summary>Locks the server until the transaction ends and raises its revision by one.</summary>
    /// <param name="members">By how many members the change alters the count.</param>
    /// <returns>The new revision; null when there is no such server.</returns>
    public async Task<long?> RaiseAsync(Guid server, int members, CancellationToken cancellationToken)
    {
        var raised = await db.Database
            .SqlQuery<long>($"update servers set rev = rev + 1, member_count = member_count + {members} where id = {server} returning rev as \"Value\"")
            .ToListAsync(cancellationToken);
        return raised is [var rev] ? rev : null;
    }

    /// <summary>Adds what follows from the change to the transaction; the caller saves. At most once per request.</summary>
    /// <param name="delta">What changes in the permission model, and the revision.</param>
    /// <param name="lost">What rights it takes away; null: none.</param>
    /// <param name="events">All of that revision.</param>
    public void Record(ModelDelta delta, AccessLoss? lost, params ReadOnlySpan<IServerEvent> events)
    {
        if (_delta is not null)
        {
            throw new InvalidOperationException("A request makes one change.");
        }

        (_delta, _accessLost) = (delta, lost is not null);
        var now = time.GetUtcNow();
        if (lost is not null)
        {
            Add(new AccessLost { Server = delta.Server, Rev = delta.Rev, Users = lost.Users, Channel = lost.Channel, At = now });
        }

        foreach (var @event in events)
        {
            Add(@event);
        }

        db.Add(new UnsettledChange { Server = delta.Server, Rev = delta.Rev, AccessLost = lost is not null, Subject = lost?.Subject, CreatedAt = now });

        void Add(IServerEvent @event) => db.Add(OutboxMessage.From(@event, delta.Server.ToString()));
    }

    /// <summary>
    /// After the commit: tells Redis and wakes the publisher. A failure is repaired later from <c>unsettled_changes</c>. Bounded by time, not by the client's patience:
    /// what is committed takes effect even if nobody waits for the answer.
    /// </summary>
    public async Task PublishAsync()
    {
        if (_delta is null)
        {
            return;
        }

        outbox.Wake();
        try
        {
            _ = _delta.Wipes ? await model.OvertakeAsync(_delta.Server, _delta.Rev, CancellationToken.None) : await model.ApplyAsync(_delta, CancellationToken.None);
            if (!_accessLost)
            {
                settled.Add(_delta.Server, _delta.Rev);
            }
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.LogWarning("Revision {Rev} of server {Server} is not in Redis yet: {Reason}", _delta.Rev, _delta.Server, exception.Message);
        }
    }

    /// <summary>Whether a change with this subject was committed and not answered for yet.</summary>
    public Task<bool> AwaitsAnswerAsync(Guid server, Guid subject, CancellationToken cancellationToken) =>
        db.UnsettledChanges.AnyAsync(change => change.Server == server && change.Subject == subject, cancellationToken);

    /// <summary>
    /// Makes every committed loss of access in a server effective everywhere: Redis shows it, its event stands in every queue, and no send that was allowed before it can
    /// be committed any more. Also finishes what earlier requests left.
    /// </summary>
    /// <param name="subject">For whom the answer is; see <see cref="AccessLoss.Subject"/>.</param>
    /// <returns>False when a store or a service cannot be reached in time: the same request may be repeated.</returns>
    public async Task<bool> TakeEffectAsync(Guid server, Guid? subject, CancellationToken cancellationToken)
    {
        await PublishAsync();
        var open = await db.UnsettledChanges.AsNoTracking()
            .Where(change => change.Server == server && change.AccessLost)
            .Select(change => new { change.Rev, change.SettledAt, change.Subject })
            .ToListAsync(cancellationToken);
        var revs = open.Where(change => change.SettledAt is null || change.Subject == subject).Select(change => change.Rev).ToList();
        if (revs.Count == 0)
        {
            return true;
        }

        try
        {
            await model.OvertakeAsync(server, revs.Max(), cancellationToken);
            await fence.RaiseAsync(server, revs.Max(), cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or HttpRequestException)
        {
            logger.LogWarning("A loss of access in server {Server} is not effective yet: {Reason}", server, exception.Message);
            return false;
        }

        if (!await outbox.PublishedAsync(server.ToString(), cancellationToken))
        {
            return false;
        }

        // What another request has to answer for is kept until it does, or until its client has given up.
        var now = time.GetUtcNow();
        await db.UnsettledChanges
            .Where(change => change.Server == server && revs.Contains(change.Rev) && (change.Subject == null || change.Subject == subject))
            .ExecuteDeleteAsync(cancellationToken);
        await db.UnsettledChanges
            .Where(change => change.Server == server && revs.Contains(change.Rev))
            .ExecuteUpdateAsync(update => update.SetProperty(change => change.SettledAt, now), cancellationToken);
        return true;
    }
}
