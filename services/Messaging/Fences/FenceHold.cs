using Chat.Messaging.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Fences;

/// <summary>Keeps a fence where it is while a channel's row is made that repeats it.</summary>
internal static class FenceHold
{
    /// <summary>Shares the server's fence until the context's transaction ends. To be called before any channel is locked.</summary>
    public static async Task ShareAsync(MessagingDbContext db, Guid server, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"insert into server_fences (server_id) values ({server}) on conflict (server_id) do nothing", cancellationToken);
        await db.Database.ExecuteSqlAsync($"select from server_fences where server_id = {server} for share", cancellationToken);
    }
}
