using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;

namespace Chat.Identity.Profiles;

/// <summary>Changes what an account says of itself, and tells others when it is something that they see.</summary>
internal sealed class ProfileChange(IdentityDb db, SessionOpening opening, TimeProvider clock)
{
    /// <returns>Null when the account is not in use any more, or the session has ended.</returns>
    public async Task<Account?> ApplyAsync(Caller caller, IReadOnlyList<Action<Account>> changes, CancellationToken cancellation)
    {
        // Held, so that parallel changes come one after the other, and their events in that order.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.LockAccountAsync(caller.Id, cancellation) is not { State: AccountState.Active } account || !await opening.StandsAsync(caller, cancellation))
            return null;

        var before = Seen(account);
        foreach (var change in changes)
            change(account);
        if (Seen(account) != before)
            db.Add(Announcement.Of(account, clock.GetUtcNow()));

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return account;
    }

    private static ProfileResponse Seen(Account account) => ProfileResponse.From(account);
}
