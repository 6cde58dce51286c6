using Npgsql;

namespace Chat.Servers.Audit;

/// <summary>Removes entries that are older than 90 days, at the start and every hour, in batches, on every replica: what one is at, another skips.</summary>
internal sealed class AuditCleanup(NpgsqlDataSource source, TimeProvider time, ILogger<AuditCleanup> logger) : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                while (await RemoveBatchAsync(stoppingToken) == Batch)
                {
                    // As long as there is more of it.
                }
            }
            catch (NpgsqlException exception)
            {
                logger.LogWarning("Old entries of audit logs were not removed this time: {Reason}", exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<int> RemoveBatchAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            $"delete from audit_log where id in (select id from audit_log where created_at < $1 order by created_at limit {Batch} for update skip locked)");
        command.Parameters.Add(new() { Value = time.GetUtcNow() - AuditEntry.Kept });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
