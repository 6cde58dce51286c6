using System.Security.Cryptography;
using Chat.Contracts;
using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.OAuth.Clients;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults.Events;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Lifecycle;

/// <summary>
/// Takes everything personal out of an account and its bots, for good. The rows of the accounts stay, so that what refers to them keeps its reference; the rest of the
/// system is told in the same transaction. Audit entries stay as well: they hold ids only, beside the reason that an administrator gave.
/// </summary>
internal sealed class AccountErasure(IdentityDb db, ClientRemoval clients, SessionEnding ending, PersonalData personal, ILookupNormalizer normalizer, TimeProvider clock)
{
    public const string DisplayName = "Deleted user";

    private const int NameBytes = 6;

    /// <summary>Erases the account whose time came first.</summary>
    /// <returns>The account; null when there is none, or another replica was faster.</returns>
    public async Task<Guid?> EraseNextAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var next = await Due(now).OrderBy(a => a.DeleteAt).Select(a => (Guid?)a.Id).FirstOrDefaultAsync(cancellation);
        if (next is not { } id)
            return null;

        // Nobody can have the account back any more. What people have allowed its clients ends first, in transactions of its own: there may be a great deal of it.
        await clients.RemoveAllOfAsync(id, cancellation);

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var found = await db.Users.FromSql($"select * from accounts where id = {id} and delete_at <= {now} for no key update skip locked").ToListAsync(cancellation);
        if (found is not [var account])
            return null;

        var bots = await db.Users.FromSql($"select * from accounts where owner_id = {id} and state <> {(int)AccountState.Deleted} order by id for no key update").ToListAsync(cancellation);
        var ended = await EraseAsync([account, .. bots], now, cancellation);
        await transaction.CommitAsync(cancellation);
        await ending.AnnounceAsync(ended);
        return id;
    }

    /// <summary>Erases a bot at its owner's wish. Its sessions have ended when the caller has settled them.</summary>
    /// <returns>What ended; null when the owner has no such bot in use.</returns>
    public async Task<IReadOnlyList<Session>?> EraseBotAsync(Guid owner, Guid bot, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var found = await db.Users
            .FromSql($"select * from accounts where id = {bot} and owner_id = {owner} and is_bot and state <> {(int)AccountState.Deleted} for no key update").ToListAsync(cancellation);
        if (found is not [var account])
            return null;

        var ended = await EraseAsync([account], clock.GetUtcNow(), cancellation);
        await transaction.CommitAsync(cancellation);
        return ended;
    }

    /// <summary>One that was suspended meanwhile is still to be deleted: its owner has asked for it.</summary>
    private IQueryable<Account> Due(DateTimeOffset now) =>
        db.Users.AsNoTracking().Where(a => a.DeleteAt <= now && (a.State == AccountState.Deleting || a.State == AccountState.Suspended));

    private async Task<IReadOnlyList<Session>> EraseAsync(IReadOnlyList<Account> accounts, DateTimeOffset now, CancellationToken cancellation)
    {
        var ended = new List<Session>();
        foreach (var account in accounts)
            ended.AddRange(await ending.MarkAllAsync(account.Id, except: null, kinds: null, cancellation));

        await personal.RemoveAsync(accounts, cancellation);
        foreach (var account in accounts)
        {
            Blank(account);
            db.Add(Announcement.Of(account, now));
            db.Add(OutboxMessage.From(new UserDeleted { User = account.Id, At = now }, account.Id.ToString()));
        }

        await db.SaveChangesAsync(cancellation);
        await personal.BlankSessionsAsync(accounts, cancellation);
        return ended;
    }

    private void Blank(Account account)
    {
        account.UserName = $"{ReservedNames.ErasedPrefix}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes))}";
        account.NormalizedUserName = normalizer.NormalizeName(account.UserName);
        account.DisplayName = DisplayName;
        account.Email = null;
        account.NormalizedEmail = null;
        account.EmailConfirmed = false;
        account.PasswordHash = null;
        account.PasswordChangedAt = null;
        account.PhoneNumber = null;
        account.PhoneNumberConfirmed = false;
        account.TwoFactorEnabled = false;
        account.LockoutEnd = null;
        account.AccessFailedCount = 0;
        account.SecurityStamp = Guid.NewGuid().ToString("N");
        account.ConcurrencyStamp = Guid.NewGuid().ToString("N");
        account.About = null;
        account.Pronouns = null;
        account.TimeZone = null;
        account.Locale = null;
        account.Avatar = null;
        account.Banner = null;
        account.Role = PlatformRole.User;
        account.State = AccountState.Deleted;
        account.DeleteAt = null;
    }
}
