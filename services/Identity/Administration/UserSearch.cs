using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Administration;

/// <summary>Finds accounts, newest first.</summary>
internal sealed class UserSearch(IdentityDb db, ILookupNormalizer normalizer)
{
    // Shorter text has no trigram: finding it would read every account.
    private const int ShortestPart = 3;

    /// <returns>One more than asked for if there are more.</returns>
    public async Task<IReadOnlyList<Account>> FindAsync(UserFilter filter, CancellationToken cancellation)
    {
        // Whether the trigrams or the newest accounts are the shorter way depends on what is searched for, which a plan that was kept does not know.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"set local plan_cache_mode = force_custom_plan", cancellation);
        return await Matching(filter).OrderByDescending(a => a.Id).Take(filter.Take + 1).ToListAsync(cancellation);
    }

    private IQueryable<Account> Matching(UserFilter filter)
    {
        var accounts = db.Users.AsNoTracking();
        if (filter.Id is { } id)
            accounts = accounts.Where(a => a.Id == id);
        if (filter.State is { } state)
            accounts = accounts.Where(a => a.State == state);
        if (filter.Role is { } role)
            accounts = accounts.Where(a => a.Role == role);
        if (filter.Bot is { } bot)
            accounts = accounts.Where(a => a.IsBot == bot);
        if (filter.Before is { } before)
            accounts = accounts.Where(a => a.Id < before);
        return filter.Text is { } text ? Named(accounts, text) : accounts;
    }

    private IQueryable<Account> Named(IQueryable<Account> accounts, string text)
    {
        if (text.Length < ShortestPart)
        {
            var whole = normalizer.NormalizeName(text);
            return accounts.Where(a => a.NormalizedUserName == whole);
        }

        var part = $"%{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";
        return accounts.Where(a => EF.Functions.ILike(a.UserName!, part, @"\") || EF.Functions.ILike(a.DisplayName, part, @"\") || EF.Functions.ILike(a.Email!, part, @"\"));
    }
}
