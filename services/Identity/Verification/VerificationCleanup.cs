using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Verification;

/// <summary>
/// Removes accounts that were not verified within a week, and links that have expired: each hour, a bounded number a statement; every replica does. The names of the accounts are
/// free again. Nobody was told of them, so nobody is told that they are gone.
/// </summary>
internal sealed partial class VerificationCleanup(IServiceScopeFactory scopes, TimeProvider clock, ILogger<VerificationCleanup> logger) : Cleanup(clock, logger)
{
    private const int BatchSize = 500;

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private readonly TimeProvider _clock = clock;
    private readonly ILogger _logger = logger;

    protected override async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        var now = _clock.GetUtcNow();
        await RemoveAsync(BatchSize, () => db.MailedTokens.Where(t => t.ExpiresAt < now).OrderBy(t => t.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(cancellationToken));
        await RemoveAsync(BatchSize, () => RemoveAccountsAsync(db, now - KeptFor, cancellationToken));
    }

    /// <remarks>One that is being verified at this moment is locked, and passed over.</remarks>
    private async Task<int> RemoveAccountsAsync(IdentityDb db, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var removed = await db.Database.ExecuteSqlAsync(
            $"""
            delete from accounts where id in (
                select id from accounts where not email_confirmed and not is_bot and state = {(int)AccountState.Active} and created_at < {before}
                order by created_at limit {BatchSize} for update skip locked)
            """,
            cancellationToken);
        if (removed > 0)
            LogRemoved(removed);
        return removed;
    }

    [LoggerMessage(LogLevel.Information, "{Count} accounts that were never verified were removed")]
    private partial void LogRemoved(int count);
}
