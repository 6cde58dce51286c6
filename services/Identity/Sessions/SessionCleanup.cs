using Chat.Identity.Data;
using Chat.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Sessions;

/// <summary>Removes sessions a day after they ended, each hour, a bounded number a statement; every replica does, deleting twice does no harm.</summary>
internal sealed class SessionCleanup(IServiceScopeFactory scopes, TimeProvider clock, ILogger<SessionCleanup> logger) : Cleanup(clock, logger)
{
    private const int BatchSize = 5000;

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    private readonly TimeProvider _clock = clock;

    protected override async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        var before = _clock.GetUtcNow() - KeptFor;
        await RemoveAsync(
            BatchSize,
            () => db.Sessions.Where(s => s.ExpiresAt < before || s.RevokedAt < before).OrderBy(s => s.Id).Take(BatchSize).ExecuteDeleteAsync(cancellationToken));
    }
}
