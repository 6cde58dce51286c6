using Microsoft.Extensions.Options;
using Npgsql;

namespace Chat.Messaging.Polls;

/// <summary>
/// Looks for polls to close again and again, on one replica: the holder of an advisory lock, which PostgreSQL gives up when that replica dies. The others ask for it as often as they would look.
/// </summary>
internal sealed class PollClosingJob(NpgsqlDataSource store, PollClosing closing, IOptions<PollsOptions> options, TimeProvider clock, ILogger<PollClosingJob> logger) : BackgroundService
{
    private const long LockId = 0x706f_6c6c_7363_6c6f;

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
                logger.LogWarning("Polls are not closed this time: {Reason}", e.Message);
            }

            await Task.Delay(options.Value.CloseEvery, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockId } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task LeadAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        while (true)
        {
            await closing.RunAsync(connection, stoppingToken);
            await Task.Delay(options.Value.CloseEvery, clock, stoppingToken);
        }
    }
}
