using Chat.Presence.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Chat.Presence.Blocks;

/// <summary>Settles blocks whose request could not, or whose replica died. Runs on every replica; all of it may be done twice.</summary>
internal sealed class BlockRepair(IServiceScopeFactory scopes, TimeProvider time, ILogger<BlockRepair> logger) : BackgroundService
{
    private const int Group = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A request settles its own change well within this.</summary>
    private static readonly TimeSpan After = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RepairAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException or TimeoutException)
            {
                // InvalidOperationException is how EF wraps what passes by itself.
                logger.LogWarning("Settling blocks is put off: {Reason}", exception.Message);
            }
        }
    }

    private async Task RepairAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, settlement) = (scope.ServiceProvider.GetRequiredService<PresenceDb>(), scope.ServiceProvider.GetRequiredService<BlockSettlement>());
        var before = time.GetUtcNow() - After;
        var overdue = await db.UnsettledBlocks
            .Where(row => row.CreatedAt < before)
            .OrderBy(row => row.CreatedAt)
            .Take(Group)
            .Select(row => new { row.Blocker, row.Blocked })
            .ToListAsync(cancellationToken);
        foreach (var pair in overdue.Distinct())
        {
            // Whoever does not answer for one does not answer for the next.
            if (!await settlement.SettleAsync(pair.Blocker, pair.Blocked, cancellationToken))
                return;
        }
    }
}
