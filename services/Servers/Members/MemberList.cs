using Chat.Servers.Data;
using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>Which members are wanted.</summary>
/// <param name="Role">Only who holds it; null: whatever they hold.</param>
/// <param name="Text">Only whose user name, display name or nickname contains it; null: whatever their names.</param>
internal sealed record MemberFilter(Guid? Role, string? Text);

/// <summary>Reads a server's members in the order they joined.</summary>
internal static class MemberList
{
    public static async Task<Page<MemberResponse>> ReadAsync(
        ServersDb db, Guid server, MemberFilter filter, long after, int size, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var members = db.Members.AsNoTracking().Where(member => member.Server == server);
        if (filter.Text is { } text)
        {
            var found = await MemberSearch.FindAsync(db, server, text, filter.Role, after, size + 1, cancellationToken);
            members = members.Where(member => found.Contains(member.JoinedRev));
        }
        else
        {
            members = members.Where(member => member.JoinedRev > after);
            if (filter.Role is { } role)
            {
                members = members.Where(member => member.Roles.Any(held => held.Role == role));
            }
        }

        var page = await Describe(db, server, members.OrderBy(member => member.JoinedRev).Take(size + 1), now).ToListAsync(cancellationToken);
        return new Page<MemberResponse>(
            [.. page.Take(size).Select(member => member.Response)],
            page.Count > size ? Cursor.Of(page[size - 1].JoinedRev) : null);
    }

    /// <summary>Reads who holds a role, in the order of their ids.</summary>
    /// <param name="after">Only those with a higher id.</param>
    public static async Task<Page<MemberResponse>> HoldersAsync(
        ServersDb db, Guid server, Guid role, Guid after, int size, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var holders = await db.MemberRoles
            .Where(held => held.Role == role && held.User > after)
            .OrderBy(held => held.User)
            .Select(held => held.User)
            .Take(size + 1)
            .ToListAsync(cancellationToken);
        var page = holders.Take(size).ToList();
        var members = (await Describe(db, server, db.Members.AsNoTracking().Where(member => member.Server == server && page.Contains(member.User)), now).ToListAsync(cancellationToken))
            .ToDictionary(member => member.Response.User.Id, member => member.Response);
        // Who left in between is not among them any more.
        return new Page<MemberResponse>([.. page.Where(members.ContainsKey).Select(user => members[user])], holders.Count > size ? Cursor.Of(page[^1]) : null);
    }

    /// <summary>Reads one member; null when there is none.</summary>
    public static async Task<MemberResponse?> FindAsync(ServersDb db, Guid server, Guid user, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await Describe(db, server, db.Members.AsNoTracking().Where(member => member.Server == server && member.User == user), now).SingleOrDefaultAsync(cancellationToken))?.Response;

    private static IQueryable<ListedMember> Describe(ServersDb db, Guid server, IQueryable<Member> members, DateTimeOffset now) => members
        .Join(db.Profiles, member => member.User, profile => profile.Id, (member, profile) => new ListedMember
        {
            JoinedRev = member.JoinedRev,
            Response = new MemberResponse(
                new UserResponse(profile.Id, profile.Username, profile.DisplayName, profile.Deleted ? true : null),
                member.Nickname,
                member.Roles.OrderBy(held => held.Role).Select(held => held.Role).ToList(),
                member.JoinedAt,
                db.MemberTimeouts
                    .Where(timeout => timeout.Server == server && timeout.User == member.User && timeout.Until > now)
                    .Select(timeout => (DateTimeOffset?)timeout.Until)
                    .FirstOrDefault(),
                member.EndsAt,
                db.Servers.Any(row => row.Id == server && row.Owner == member.User)),
        })
        .OrderBy(member => member.JoinedRev);

    private sealed record ListedMember
    {
        public required long JoinedRev { get; init; }

        public required MemberResponse Response { get; init; }
    }
}
