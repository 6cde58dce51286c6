using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Chat.ServiceDefaults.Idempotency;

/// <summary>Removes keys older than 24 hours, every ten minutes, on every replica: deleting twice does no harm.</summary>
internal sealed class IdempotencyKeyCleaner(NpgsqlDataSource source, TimeProvider time, ILogger<IdempotencyKeyCleaner> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(10), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var command = source.CreateCommand("delete from idempotency_keys where created_at < now() - interval '24 hours'");
                await command.ExecuteNonQueryAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                logger.LogWarning("Old idempotency keys were not removed this time: {Reason}", exception.Message);
            }
        }
    }
}
