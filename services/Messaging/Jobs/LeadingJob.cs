using Npgsql;

namespace Chat.Messaging.Jobs;

/// <summary>
/// Something that is done again and again, on one replica: the holder of an advisory lock, which PostgreSQL gives up when that replica dies. The others ask for it as often as
/// they would do it.
/// </summary>
internal abstract class LeadingJob(NpgsqlDataSource store, TimeProvider clock, ILogger logger) : BackgroundService
{
    /// <summary>The number of the advisory lock: one for each job.</summary>
    protected abstract long LockId { get; }

    /// <summary>The time between two times.</summary>
    protected abstract TimeSpan Every { get; }

    /// <summary>Does it once.</summary>
    /// <param name="connection">The one that holds the lock: what goes over it ends with the leading. Given back without a transaction.</param>
    /// <returns>Whether there is more to do at once.</returns>
    protected abstract Task<bool> RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await store.OpenConnectionAsync(stoppingToken);
                while (await HoldsLockAsync(connection, stoppingToken))
                {
                    if (!await RunAsync(connection, stoppingToken))
                        await Task.Delay(Every, clock, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, the next time may go well: the job must not end for the life of the process.
                logger.LogWarning("{Job} does not go on this time: {Reason}", GetType().Name, e.Message);
            }

            await Task.Delay(Every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Asked each time: the connection may have broken, and with it the lock. A lock that is held is taken once more, which changes nothing but a count.</summary>
    private async Task<bool> HoldsLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockId } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }
}
