using Chat.ServiceDefaults.Events;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Messaging.Measuring;

/// <summary>
/// Counts activity again and again, on one replica: the holder of an advisory lock, which PostgreSQL gives up when that replica dies. The others ask for it as often as they would count.
/// </summary>
internal sealed class ActivityJob(
    NpgsqlDataSource store, ActivityCount count, Outbox outbox, IOptions<ActivityOptions> options, TimeProvider clock, ILogger<ActivityJob> logger) : BackgroundService
{
    private const long LockId = 0x6163_7469_7669_7479;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await store.OpenConnectionAsync(stoppingToken);
                if (await LockAsync(connection, stoppingToken))
                    await LeadAsync(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException or TimeoutException)
            {
                logger.LogWarning("Activity is not counted this time: {Reason}", e.Message);
            }

            await Task.Delay(options.Value.Every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockId } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task LeadAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        var place = Guid.Empty;
        while (true)
        {
            place = await count.RunAsync(connection, place, stoppingToken);
            outbox.Wake();
            await Task.Delay(options.Value.Every, clock, stoppingToken);
        }
    }
}
