using System.Data.Common;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>
/// Ends temporary memberships when their time is over, as by leaving, and forgets timeouts that are over. Runs on every replica: who comes second finds nothing to do,
/// and what a crash leaves is found by whoever runs next.
/// </summary>
internal sealed class EndedMemberships(IServiceScopeFactory scopes, TimeProvider time, ILogger<EndedMemberships> logger) : BackgroundService
{
    private const int Group = 100;
    private const int Batch = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Committed, but not known everywhere yet. What a crash forgets here is repaired as every unsettled change is.</summary>
    private readonly HashSet<(Guid Server, Guid User)> _unfinished = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is DbException or DbUpdateException or InvalidOperationException or TimeoutException)
            {
                logger.LogWarning("Ending memberships is put off: {Reason}", exception.Message);
            }
        }
    }

    private async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var (server, user) in _unfinished.ToList())
        {
            await EndAsync(server, user, cancellationToken);
        }

        await using var scope = scopes.CreateAsyncScope();
        var (db, now) = (scope.ServiceProvider.GetRequiredService<ServersDb>(), time.GetUtcNow());
        var over = await db.Members.AsNoTracking()
            .Where(member => member.EndsAt <= now)
            .OrderBy(member => member.EndsAt)
            .Take(Group)
            .Select(member => new { member.Server, member.User })
            .ToListAsync(cancellationToken);
        foreach (var member in over)
        {
            await EndAsync(member.Server, member.User, cancellationToken);
        }

        // What another replica is at, or a request that sets a new timeout, is passed over.
        await db.Database.ExecuteSqlAsync(
            $"""
            delete from member_timeouts where (server_id, user_id) in (
              select server_id, user_id from member_timeouts where until <= {now} order by until limit {Batch} for update skip locked)
            """,
            cancellationToken);
    }

    private async Task EndAsync(Guid server, Guid user, CancellationToken cancellationToken)
    {
        // One change per scope, as there is one per request.
        await using var scope = scopes.CreateAsyncScope();
        var (db, departure, changes) = (
            scope.ServiceProvider.GetRequiredService<ServersDb>(),
            scope.ServiceProvider.GetRequiredService<Departure>(),
            scope.ServiceProvider.GetRequiredService<ServerChanges>());
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            if (await departure.ExpireAsync(server, user, cancellationToken))
            {
                await transaction.CommitAsync(cancellationToken);
                _unfinished.Add((server, user));
            }
        }

        if (_unfinished.Contains((server, user)) && await changes.TakeEffectAsync(server, user, cancellationToken))
        {
            _unfinished.Remove((server, user));
        }
    }
}
