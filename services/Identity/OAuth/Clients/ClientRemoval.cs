using Chat.Contracts;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults.Events;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Clients;

/// <summary>
/// Removes clients and whatever they were allowed (promise G4). First the client may get nothing any more, then its grants end in batches, then it goes with its bot. A crash
/// in between leaves a client that can do nothing and is removed by the next try.
/// </summary>
internal sealed class ClientRemoval(IdentityDb db, SessionOpening opening, SessionEnding ending, Outbox outbox, TimeProvider clock)
{
    private const int BatchSize = 200;

    /// <summary>Removes one client.</summary>
    /// <returns>False when not every service knows yet that its grants have ended.</returns>
    public async Task<bool> RemoveAsync(string client, CancellationToken cancellation)
    {
        // Waits for token requests under way (ClientHold) and stops the next ones.
        await db.OAuthClients.Where(c => c.Id == client).ExecuteUpdateAsync(set => set.SetProperty(c => c.Grants, new List<string>()), cancellation);

        var effective = true;
        while (await EndBatchAsync(client, cancellation) is { Count: > 0 } ended)
            effective &= await SettleAsync(ended, cancellation);

        return effective & await RemoveWithBotAsync(client, cancellation);
    }

    /// <summary>Removes every client of an account, which is about to be erased.</summary>
    /// <returns>False when not every service knows yet that their grants have ended.</returns>
    public async Task<bool> RemoveAllOfAsync(Guid owner, CancellationToken cancellation)
    {
        var effective = true;
        foreach (var client in await db.OAuthClients.Where(c => c.OwnerId == owner).Select(c => c.Id).ToListAsync(cancellation))
            effective &= await RemoveAsync(client, cancellation);
        return effective;
    }

    private async Task<IReadOnlyList<Session>> EndBatchAsync(string client, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var sessions = await db.Sessions
            .Where(s => s.RevokedAt == null && s.ExpiresAt > now && db.OAuthGrants.Any(g => g.Id == s.Id && g.ClientId == client))
            .OrderBy(s => s.Id).Take(BatchSize).ToListAsync(cancellation);
        ending.Mark(sessions);
        await db.SaveChangesAsync(cancellation);
        db.ChangeTracker.Clear();
        return sessions;
    }

    private async Task<bool> SettleAsync(IReadOnlyList<Session> ended, CancellationToken cancellation)
    {
        var effective = await ending.AnnounceAsync(ended);
        foreach (var account in ended.Select(session => session.AccountId).Distinct())
            effective &= await outbox.PublishedAsync(account.ToString(), cancellation);
        return effective;
    }

    private async Task<bool> RemoveWithBotAsync(string client, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var bot = await db.OAuthClients.Where(c => c.Id == client).Select(c => c.BotId).SingleOrDefaultAsync(cancellation);
        IReadOnlyList<Session> ended = [];
        if (bot is { } account)
        {
            await opening.HoldAsync(account, stamp: null, cancellation);
            ended = await ending.MarkAllAsync(account, except: null, kinds: null, cancellation);

            // The row stays for what refers to it, without the name that the client had.
            await db.Users.Where(a => a.Id == account).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.State, AccountState.Deleted).SetProperty(a => a.DisplayName, "Deleted app").SetProperty(a => a.OwnerId, (Guid?)null), cancellation);
            db.Add(OutboxMessage.From(new UserDeleted { User = account, At = clock.GetUtcNow() }, account.ToString()));
            await db.SaveChangesAsync(cancellation);
        }

        await db.OAuthClients.Where(c => c.Id == client).ExecuteDeleteAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        db.ChangeTracker.Clear();
        return bot is null || await ending.SettleAsync(bot.Value, ended, cancellation);
    }
}
