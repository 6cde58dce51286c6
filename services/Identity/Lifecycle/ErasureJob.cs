using Chat.Identity.Data;
using Chat.ServiceDefaults.Events;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Lifecycle;

/// <summary>Erases accounts whose grace is over, a bounded number a pass; every replica does, and passes over those that another one is erasing.</summary>
internal sealed partial class ErasureJob(
    IServiceScopeFactory scopes, Outbox outbox, IOptions<DeletionOptions> options, TimeProvider clock, ILogger<ErasureJob> logger) : BackgroundService
{
    private const int MostPerPass = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.EraseEvery, clock);
        do
        {
            try
            {
                await PassAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is TimeoutException || exception.IsFromDatabase())
            {
                LogFailed(exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PassAsync(CancellationToken cancellation)
    {
        for (var erased = 0; erased < MostPerPass; erased++)
        {
            // A scope each: the context does not remember the ones before.
            await using var scope = scopes.CreateAsyncScope();
            if (await scope.ServiceProvider.GetRequiredService<AccountErasure>().EraseNextAsync(cancellation) is not { } account)
                return;

            outbox.Wake();
            LogErased(account);
        }
    }

    [LoggerMessage(LogLevel.Information, "Account {Account} was erased")]
    private partial void LogErased(Guid account);

    [LoggerMessage(LogLevel.Warning, "Accounts to be deleted were not erased this time: {Reason}")]
    private partial void LogFailed(string reason);
}
