using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Chat.ServiceDefaults.Idempotency;

/// <summary>Removes keys older than 24 hours, at the start and every ten minutes, in batches, on every replica: what one is at, another skips.</summary>
internal sealed class IdempotencyKeyCleaner(NpgsqlDataSource source, TimeProvider time, ILogger<IdempotencyKeyCleaner> logger) : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

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
                logger.LogWarning("Old idempotency keys were not removed this time: {Reason}", exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<int> RemoveBatchAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            $"""
            delete from idempotency_keys where (user_id, key) in (
                select user_id, key from idempotency_keys where created_at < now() - interval '24 hours' order by created_at limit {Batch} for update skip locked)
            """);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
