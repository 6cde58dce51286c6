using Chat.Identity.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth;

/// <summary>Removes codes and refresh tokens that have expired, each hour, a bounded number a statement. Codes are kept for a day more, so that a second use is noticed.</summary>
internal sealed partial class OAuthCleanup(IServiceScopeFactory scopes, TimeProvider clock, ILogger<OAuthCleanup> logger) : BackgroundService
{
    private const int BatchSize = 5000;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan CodesKeptFor = TimeSpan.FromDays(1);

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
        var now = clock.GetUtcNow();
        var codesBefore = now - CodesKeptFor;
        await RepeatAsync(() => db.AuthorizationCodes.Where(c => c.ExpiresAt < codesBefore).OrderBy(c => c.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(cancellation));
        await RepeatAsync(() => db.RefreshTokens.Where(t => t.ExpiresAt < now).OrderBy(t => t.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(cancellation));
    }

    private static async Task RepeatAsync(Func<Task<int>> deleteBatch)
    {
        while (await deleteBatch() == BatchSize)
        {
        }
    }

    [LoggerMessage(LogLevel.Warning, "Expired codes and refresh tokens were not removed this time: {Reason}")]
    private partial void LogFailed(string reason);
}
