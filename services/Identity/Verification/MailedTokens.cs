using Chat.Identity.Data;
using Chat.Identity.Tokens;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Verification;

/// <summary>The single-use tokens in links that are mailed.</summary>
internal sealed class MailedTokens(IdentityDb db, TimeProvider clock)
{
    /// <summary>The answer to a token that cannot be taken, whyever.</summary>
    public static ProblemHttpResult Invalid() =>
        Problems.Create(StatusCodes.Status400BadRequest, "invalid_token", "This link was used, has been replaced by a newer one, or is too old.");

    /// <summary>
    /// Adds a token to the context in place of older ones for the same account and purpose; the caller saves within its transaction.
    /// </summary>
    /// <param name="now">When the writer began to look at the account: a change made since then, which the writer may not have seen, is later than the token.</param>
    /// <returns>The token's text, which is kept nowhere.</returns>
    public async Task<string> IssueAsync(Guid account, TokenPurpose purpose, string address, DateTimeOffset now, TimeSpan lifetime, CancellationToken cancellation)
    {
        var text = RandomSecret.New();
        await RevokeAsync(account, purpose, cancellation);
        db.Add(new MailedToken
        {
            Hash = RandomSecret.Hash(text),
            AccountId = account,
            Purpose = purpose,
            Address = address,
            ExpiresAt = now + lifetime,
        });
        return text;
    }

    /// <summary>Takes the token: of parallel requests one gets it. Null when it was used, replaced, has expired or never was.</summary>
    public async Task<MailedToken?> TakeAsync(string? text, TokenPurpose purpose, CancellationToken cancellation)
    {
        if (RandomSecret.HashIfOurs(text) is not { } hash)
            return null;

        var now = clock.GetUtcNow();
        var taken = await db.MailedTokens
            .FromSql($"delete from mailed_tokens where hash = {hash} and purpose = {(int)purpose} and expires_at > {now} returning *")
            .AsNoTracking().ToListAsync(cancellation);
        return taken.SingleOrDefault();
    }

    /// <summary>The token as it stands, without taking it.</summary>
    public async Task<MailedToken?> FindAsync(string? text, TokenPurpose purpose, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return RandomSecret.HashIfOurs(text) is { } hash
            ? await db.MailedTokens.AsNoTracking().SingleOrDefaultAsync(t => t.Hash == hash && t.Purpose == purpose && t.ExpiresAt > now, cancellation)
            : null;
    }

    public Task RevokeAsync(Guid account, TokenPurpose purpose, CancellationToken cancellation) =>
        db.MailedTokens.Where(t => t.AccountId == account && t.Purpose == purpose).ExecuteDeleteAsync(cancellation);
}
