using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Data;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;
using StackExchange.Redis;

namespace Chat.Servers.Servers;

/// <summary>
/// The path of every change of a server: <see cref="RaiseAsync"/> locks the server's row and gives the revision, <see cref="Record"/> adds events and the debt to
/// Redis to the same transaction, <see cref="PublishAsync"/> pays the debt after the commit. One change per request.
/// </summary>
internal sealed class ServerChanges(ServersDb db, PermissionModelWriter model, Outbox outbox, SettledChanges settled, TimeProvider time, ILogger<ServerChanges> logger)
{
    private ModelDelta? _delta;
    private bool _awaitsAnswer;

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

    /// <summary>Adds what follows from the change to the transaction; the caller saves.</summary>
    public void Record(ModelDelta delta, Guid? accessLost, params ReadOnlySpan<IServerEvent> events)
    {
        (_delta, _awaitsAnswer) = (delta, accessLost is not null);
        foreach (var @event in events)
        {
            db.Add(OutboxMessage.From(@event, delta.Server.ToString()));
        }

        db.Add(new UnsettledChange { Server = delta.Server, Rev = delta.Rev, AccessLost = accessLost, CreatedAt = time.GetUtcNow() });
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
            await model.ApplyAsync(_delta, CancellationToken.None);
            if (!_awaitsAnswer)
            {
                settled.Add(_delta.Server, _delta.Rev);
            }
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.LogWarning("Revision {Rev} of server {Server} is not in Redis yet: {Reason}", _delta.Rev, _delta.Server, exception.Message);
        }
    }

    /// <summary>Whether somebody's loss of access was committed and not answered for yet.</summary>
    public Task<bool> AwaitsAnswerAsync(Guid server, Guid user, CancellationToken cancellationToken) =>
        db.UnsettledChanges.AnyAsync(change => change.Server == server && change.AccessLost == user, cancellationToken);

    /// <summary>
    /// Makes a committed loss of access effective everywhere: Redis shows it, and its event stands in every queue. Also finishes one that an earlier request left.
    /// </summary>
    /// <returns>False when a store cannot be reached in time: the same request may be repeated.</returns>
    public async Task<bool> TakeEffectAsync(Guid server, Guid user, CancellationToken cancellationToken)
    {
        await PublishAsync();
        var revs = await db.UnsettledChanges
            .Where(change => change.Server == server && change.AccessLost == user)
            .Select(change => change.Rev)
            .ToListAsync(cancellationToken);
        if (revs.Count == 0)
        {
            return true;
        }

        try
        {
            await model.OvertakeAsync(server, revs.Max(), cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.LogWarning("A loss of access in server {Server} is not effective yet: {Reason}", server, exception.Message);
            return false;
        }

        if (!await outbox.PublishedAsync(server.ToString(), cancellationToken))
        {
            return false;
        }

        await db.UnsettledChanges
            .Where(change => change.Server == server && change.AccessLost == user && revs.Contains(change.Rev))
            .ExecuteDeleteAsync(cancellationToken);
        return true;
    }
}
