using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Verification;

/// <summary>
/// Removes accounts that were not verified within a week, and links that have expired: each hour, a bounded number a statement; every replica does. The names of the accounts are
/// free again. Nobody was told of them, so nobody is told that they are gone.
/// </summary>
internal sealed partial class VerificationCleanup(IServiceScopeFactory scopes, TimeProvider clock, ILogger<VerificationCleanup> logger) : BackgroundService
{
    private const int BatchSize = 500;

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

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
        var before = now - KeptFor;
        int removed;
        do
        {
            removed = await db.MailedTokens.Where(t => t.ExpiresAt < now).OrderBy(t => t.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(cancellation);
        }
        while (removed == BatchSize);

        do
        {
            // One that is being verified at this moment is locked, and passed over.
            removed = await db.Database.ExecuteSqlAsync(
                $"""
                delete from accounts where id in (
                    select id from accounts where not email_confirmed and not is_bot and state = {(int)AccountState.Active} and created_at < {before}
                    order by created_at limit {BatchSize} for update skip locked)
                """,
                cancellation);
            if (removed > 0)
                LogRemoved(removed);
        }
        while (removed == BatchSize);
    }

    [LoggerMessage(LogLevel.Information, "{Count} accounts that were never verified were removed")]
    private partial void LogRemoved(int count);

    [LoggerMessage(LogLevel.Warning, "Accounts that were never verified and links that have expired were not removed this time: {Reason}")]
    private partial void LogFailed(string reason);
}
