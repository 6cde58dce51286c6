using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Chat.ServiceDefaults.Stores;

/// <summary>
/// Removes what has had its time, at the start and again and again, on every replica: removing twice does no harm. What goes wrong is logged as a warning, and the next time may go well.
/// </summary>
public abstract class Cleanup(TimeProvider time, ILogger logger) : BackgroundService
{
    /// <summary>The time between two times: an hour, if nothing else is said.</summary>
    protected virtual TimeSpan Interval { get; } = TimeSpan.FromHours(1);

    /// <summary>Does it once.</summary>
    protected abstract Task CleanAsync(CancellationToken cancellationToken);

    /// <summary>Removes batch after batch, as long as they are full.</summary>
    /// <param name="batch">How many rows a statement removes at most.</param>
    /// <param name="removeBatch">Removes so many and says how many there were.</param>
    protected static async Task RemoveAsync(int batch, Func<Task<int>> removeBatch)
    {
        ArgumentNullException.ThrowIfNull(removeBatch);
        while (await removeBatch() == batch)
        {
            // As long as there is more of it.
        }
    }

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("{Cleanup} did not go through this time: {Reason}", GetType().Name, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
