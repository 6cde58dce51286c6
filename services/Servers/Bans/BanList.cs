using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Bans;

/// <summary>Reads the bans of a server, the newest first.</summary>
internal static class BanList
{
    public static ProblemHttpResult NotFound() => Problems.NotFound("ban_not_found", "This user is not banned.");

    /// <param name="after">Only those behind this one; null: from the first.</param>
    public static async Task<Page<BanResponse>> ReadAsync(ServersDb db, Guid server, (long Rev, Guid User)? after, int size, CancellationToken cancellationToken)
    {
        var bans = db.Bans.AsNoTracking().Where(ban => ban.Server == server);
        if (after is var (rev, user))
        {
            bans = bans.Where(ban => EF.Functions.LessThan(ValueTuple.Create(ban.Rev, ban.User), ValueTuple.Create(rev, user)));
        }

        var page = await Describe(db, bans.OrderByDescending(ban => ban.Rev).ThenByDescending(ban => ban.User).Take(size + 1)).ToListAsync(cancellationToken);
        return new Page<BanResponse>(
            [.. page.Take(size).Select(ban => ban.Response)],
            page.Count > size ? Cursor.Of(page[size - 1].Rev, page[size - 1].Response.User.Id) : null);
    }

    /// <summary>Reads one ban; null when there is none.</summary>
    public static async Task<BanResponse?> FindAsync(ServersDb db, Guid server, Guid user, CancellationToken cancellationToken) =>
        (await Describe(db, db.Bans.AsNoTracking().Where(ban => ban.Server == server && ban.User == user)).SingleOrDefaultAsync(cancellationToken))?.Response;

    private static IQueryable<ListedBan> Describe(ServersDb db, IQueryable<Ban> bans) => bans
        .LeftJoin(db.Profiles, ban => ban.User, profile => profile.Id, (ban, profile) => new { ban, profile })
        .OrderByDescending(row => row.ban.Rev).ThenByDescending(row => row.ban.User)
        .Select(row => new ListedBan(row.ban.Rev, new BanResponse(
            row.profile == null
                ? new BannedUser(row.ban.User, null, null, null)
                : new BannedUser(row.ban.User, row.profile.Username, row.profile.DisplayName, row.profile.Deleted ? true : null),
            row.ban.Reason,
            row.ban.By,
            row.ban.CreatedAt)));

    private sealed record ListedBan(long Rev, BanResponse Response);
}
