using Chat.Identity.Data;
using Chat.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth;

/// <summary>Removes codes and refresh tokens that have expired, each hour, a bounded number a statement. Codes are kept for a day more, so that a second use is noticed.</summary>
internal sealed class OAuthCleanup(IServiceScopeFactory scopes, TimeProvider clock, ILogger<OAuthCleanup> logger) : Cleanup(clock, logger)
{
    private const int BatchSize = 5000;

    private static readonly TimeSpan CodesKeptFor = TimeSpan.FromDays(1);

    private readonly TimeProvider _clock = clock;

    protected override async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        var now = _clock.GetUtcNow();
        var codesBefore = now - CodesKeptFor;
        await RemoveAsync(BatchSize, () => db.AuthorizationCodes.Where(c => c.ExpiresAt < codesBefore).OrderBy(c => c.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(cancellationToken));
        await RemoveAsync(BatchSize, () => db.RefreshTokens.Where(t => t.ExpiresAt < now).OrderBy(t => t.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(cancellationToken));
    }
}
