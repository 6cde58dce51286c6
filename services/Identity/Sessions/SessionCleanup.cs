using Chat.Identity.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Sessions;

/// <summary>Removes sessions a day after they ended, each hour, a bounded number a statement; every replica does, deleting twice does no harm.</summary>
internal sealed partial class SessionCleanup(IServiceScopeFactory scopes, TimeProvider clock, ILogger<SessionCleanup> logger) : BackgroundService
{
    private const int BatchSize = 5000;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is TimeoutException || exception.IsFromDatabase())
            {
                LogFailed(exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CleanAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        var before = clock.GetUtcNow() - KeptFor;
        int removed;
        do
        {
            removed = await db.Sessions.Where(s => s.ExpiresAt < before || s.RevokedAt < before).OrderBy(s => s.Id).Take(BatchSize)
                .ExecuteDeleteAsync(cancellation);
        }
        while (removed == BatchSize);
    }

    [LoggerMessage(LogLevel.Warning, "Ended sessions were not removed this time: {Reason}")]
    private partial void LogFailed(string reason);
}
