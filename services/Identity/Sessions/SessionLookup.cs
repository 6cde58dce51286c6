using Chat.Identity.Data;
using Chat.ServiceDefaults.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Sessions;

/// <summary>Answers from the table what other services ask identity when Redis cannot tell them.</summary>
internal sealed class SessionLookup(IServiceScopeFactory scopes, RevokedSessionsUpkeep upkeep, TimeProvider clock) : ISessionLookup
{
    public async Task<bool> IsActiveAsync(Guid session, CancellationToken cancellationToken)
    {
        upkeep.LookNow();
        var now = clock.GetUtcNow();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        return await db.Sessions.AnyAsync(s => s.Id == session && s.RevokedAt == null && s.ExpiresAt > now, cancellationToken);
    }
}
