using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Lifecycle;

/// <summary>Everything about accounts that lies in other tables than theirs. Whoever adds such a table adds it here: a test reads the database's catalogue to see to that.</summary>
internal sealed class PersonalData(IdentityDb db)
{
    /// <summary>Deletes it, within the caller's transaction, in which the accounts are held.</summary>
    public async Task RemoveAsync(IReadOnlyList<Account> accounts, CancellationToken cancellation)
    {
        var ids = Ids(accounts);
        var addresses = accounts.Select(a => a.Email?.ToUpperInvariant()).OfType<string>().ToList();

        // First: whoever sends one at this moment is waited for, and has written its link or code by then.
        await db.Database.ExecuteSqlAsync(
            $"delete from outgoing_mails where account_id = any({ids}) or (account_id is null and upper(address) = any({addresses}))", cancellation);

        // Refresh tokens go with their grants, recovery codes with their second factors. Clients have gone before.
        await db.AuthorizationCodes.Where(c => ids.Contains(c.AccountId)).ExecuteDeleteAsync(cancellation);
        await db.OAuthGrants.Where(g => ids.Contains(g.AccountId)).ExecuteDeleteAsync(cancellation);
        await db.OAuthConsents.Where(c => ids.Contains(c.AccountId)).ExecuteDeleteAsync(cancellation);
        await db.PersonalTokens.Where(t => ids.Contains(t.AccountId) || ids.Contains(t.OwnerId)).ExecuteDeleteAsync(cancellation);

        await db.MailedTokens.Where(t => ids.Contains(t.AccountId)).ExecuteDeleteAsync(cancellation);
        await db.MailedCodes.Where(c => ids.Contains(c.AccountId)).ExecuteDeleteAsync(cancellation);
        await db.SecondFactors.Where(f => ids.Contains(f.AccountId)).ExecuteDeleteAsync(cancellation);
        await db.PasskeyChallenges.Where(c => c.AccountId != null && ids.Contains(c.AccountId.Value)).ExecuteDeleteAsync(cancellation);
        await db.UserPasskeys.Where(p => ids.Contains(p.UserId)).ExecuteDeleteAsync(cancellation);
        await db.PendingSignIns.Where(p => p.AccountId != null && ids.Contains(p.AccountId.Value)).ExecuteDeleteAsync(cancellation);
        await db.UnlinkedLogins.Where(l => ids.Contains(l.AccountId)).ExecuteDeleteAsync(cancellation);
        await db.UserLogins.Where(l => ids.Contains(l.UserId)).ExecuteDeleteAsync(cancellation);
        await db.UserClaims.Where(c => ids.Contains(c.UserId)).ExecuteDeleteAsync(cancellation);
        await db.UserTokens.Where(t => ids.Contains(t.UserId)).ExecuteDeleteAsync(cancellation);
        await db.Set<IdempotencyKey>().Where(k => ids.Contains(k.User)).ExecuteDeleteAsync(cancellation);
        await db.KeptMails.Where(m => addresses.Contains(m.Address)).ExecuteDeleteAsync(cancellation);
        await db.AuditEntries.Where(e => ids.Contains(e.ActorId)).ExecuteUpdateAsync(set => set.SetProperty(e => e.Address, (System.Net.IPAddress?)null), cancellation);
    }

    /// <summary>
    /// Empties the sessions, which have ended. Their rows stay for a day, like those of all that have ended: from them the set of revoked sessions is rebuilt.
    /// </summary>
    public Task BlankSessionsAsync(IReadOnlyList<Account> accounts, CancellationToken cancellation)
    {
        var ids = Ids(accounts);
        return db.Sessions.Where(s => ids.Contains(s.AccountId)).ExecuteUpdateAsync(
            set => set
                .SetProperty(s => s.UserAgent, (string?)null)
                .SetProperty(s => s.Address, (System.Net.IPAddress?)null)
                .SetProperty(s => s.CookieHash, (byte[]?)null)
                .SetProperty(s => s.Methods, new List<string>()),
            cancellation);
    }

    private static List<Guid> Ids(IReadOnlyList<Account> accounts) => [.. accounts.Select(a => a.Id)];
}
