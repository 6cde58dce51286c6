using Chat.Contracts;
using Chat.Messaging.Acting;
using Chat.Messaging.Data;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;

namespace Chat.Messaging.Conversations;

/// <summary>
/// Takes rights away in a conversation, which stands for its own server: the fence of the conversation and of its threads rises in the transaction of the change itself. Locks
/// are taken in the order of <see cref="Fences.Fence"/>.
/// </summary>
internal static class ConversationFence
{
    /// <summary>To be called first in a transaction that may take rights away. Waits for every send under way in the conversation and its threads.</summary>
    public static async Task LockAsync(MessagingDbContext db, Guid conversation, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"insert into server_fences (server_id) values ({conversation}) on conflict (server_id) do nothing", cancellationToken);
        await db.Database.ExecuteSqlAsync($"select from server_fences where server_id = {conversation} for no key update", cancellationToken);
        await db.Database.ExecuteSqlAsync($"select from channels where server_id = {conversation} order by id for no key update", cancellationToken);
    }

    /// <summary>Raises the fence and has the event written before any other of this change, so that those who lose do not hear of it.</summary>
    /// <param name="channel">The conversation's, locked.</param>
    /// <param name="losers">Whose rights.</param>
    public static async Task RaiseAsync(MessagingDbContext db, LockedChannel channel, IEnumerable<Guid> losers, CancellationToken cancellationToken)
    {
        var rev = channel.AccessRev + 1;
        await db.Database.ExecuteSqlAsync($"update server_fences set access_rev = greatest(access_rev, {rev}) where server_id = {channel.Id}", cancellationToken);
        await db.Database.ExecuteSqlAsync($"update channels set access_rev = {rev} where server_id = {channel.Id} and access_rev < {rev}", cancellationToken);
        db.Add(OutboxMessage.From(new AccessLost { Server = channel.Id, Rev = rev, Users = [.. losers], At = channel.Now }, channel.Id.ToString()));
        await db.SaveChangesAsync(cancellationToken);
    }
}
