using Chat.Identity.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Clients;

/// <summary>Keeps a client as it is while something is given to it: <see cref="ClientRemoval"/> waits, and whoever comes after it gets nothing.</summary>
internal sealed class ClientHold(IdentityDb db)
{
    /// <summary>Locks the client's row until the caller's transaction ends. The account's row is locked first, everywhere.</summary>
    /// <returns>The client as it is now; null when it is gone or may not use this grant any more.</returns>
    public async Task<OAuthClient?> TakeAsync(string client, string grantType, CancellationToken cancellation)
    {
        var held = await db.OAuthClients.FromSql($"select * from oauth_clients where id = {client} for share").AsNoTracking().ToListAsync(cancellation);
        return held is [var found] && found.Grants.Contains(grantType) ? found : null;
    }
}
