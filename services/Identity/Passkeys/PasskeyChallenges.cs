using Chat.Identity.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Passkeys;

/// <summary>The challenges of ceremonies under way. Each is answered once, within five minutes, for what it was given out for.</summary>
internal sealed class PasskeyChallenges(IdentityDb db, TimeProvider clock)
{
    public static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(5);

    /// <returns>What the client names the challenge by.</returns>
    public async Task<Guid> AddAsync(PasskeyPurpose purpose, Guid? account, string state, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var challenge = new PasskeyChallenge { Id = Guid.NewGuid(), Purpose = purpose, AccountId = account, State = state, ExpiresAt = now + GoodFor };
        db.Add(challenge);
        await db.SaveChangesAsync(cancellation);

        // Those that nobody came back with: given out at a limited rate, so there are never many.
        await db.PasskeyChallenges.Where(c => c.ExpiresAt <= now).ExecuteDeleteAsync(cancellation);
        return challenge.Id;
    }

    /// <returns>Its state, or null when it was used, has expired, or is for something or somebody else.</returns>
    public async Task<string?> TakeAsync(Guid id, PasskeyPurpose purpose, Guid? account, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var taken = await db.Database.SqlQuery<string>($"""
            delete from passkey_challenges
            where id = {id} and purpose = {(int)purpose} and account_id is not distinct from {account} and expires_at > {now}
            returning state as "Value"
            """).ToListAsync(cancellation);
        return taken.SingleOrDefault();
    }
}
