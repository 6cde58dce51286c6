using Microsoft.Extensions.Options;

namespace Chat.Messaging.Scheduling;

/// <summary>Sends what is due, on every replica: whoever locks a row first sends it.</summary>
internal sealed class ScheduledJob(IServiceScopeFactory scopes, IOptions<SchedulingOptions> options, TimeProvider clock, ILogger<ScheduledJob> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, options.Value.Senders).Select(_ => SendAsync(stoppingToken)));

    private async Task SendAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await SendNextAsync(stoppingToken))
                {
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A store that is away, mostly. Whatever it was, the row is still there, and the job must not end for the life of the process.
                logger.LogWarning("A message for later was not sent this time: {Reason}", e.Message);
            }

            await Task.Delay(options.Value.Every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> SendNextAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ScheduledSending>().SendNextAsync(cancellationToken);
    }
}

/// <summary>How messages for later are sent, configuration section <c>Scheduling</c>.</summary>
internal sealed class SchedulingOptions
{
    /// <summary>The time between two looks for what is due.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many are sent at once by a replica; each holds a connection.</summary>
    public int Senders { get; init; } = 4;
}
