using Chat.Access;
using Chat.Servers.Data;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>Questions about who is in which server.</summary>
internal static class Memberships
{
    /// <summary>Makes the caller's profile known and locks it until the transaction ends: joins of one user happen one after another.</summary>
    /// <returns>False when the account was erased a moment ago: its token is of no use any more.</returns>
    public static async Task<bool> LockAsync(ServersDb db, Caller caller, CancellationToken cancellationToken)
    {
        var deleted = await db.Database
            .SqlQuery<bool>(
                $"""
                insert into profiles (id, username, display_name, updated_at) values ({caller.Id}, {caller.Username}, {caller.DisplayName}, {DateTimeOffset.UnixEpoch})
                on conflict (id) do update set id = excluded.id
                returning deleted as "Value"
                """)
            .ToListAsync(cancellationToken);
        return deleted is [false];
    }

    /// <summary>In how many servers a user is, those they own included.</summary>
    public static Task<int> CountAsync(ServersDb db, Guid user, CancellationToken cancellationToken) =>
        db.Members.CountAsync(member => member.User == user, cancellationToken);

    public static Task<bool> ExistsAsync(ServersDb db, Guid server, Guid user, CancellationToken cancellationToken) =>
        db.Members.AnyAsync(member => member.Server == server && member.User == user, cancellationToken);

    /// <summary>
    /// Whether a user is shut out of a server. Decisive only under the server's lock, which a ban takes too; before it, it saves the lock.
    /// </summary>
    public static Task<bool> IsBannedAsync(ServersDb db, Guid server, Guid user, CancellationToken cancellationToken) =>
        db.Bans.AnyAsync(ban => ban.Server == server && ban.User == user, cancellationToken);

    /// <summary>What a user may do throughout a server; null when not a member.</summary>
    public static async Task<Contracts.Permissions?> RightsAsync(ServersDb db, Guid server, Guid user, DateTimeOffset now, CancellationToken cancellationToken) =>
        await StandingAsync(db, server, user, now, cancellationToken) is { } member ? EffectivePermissions.InServer(member.Standing) : null;

    /// <summary>What a user is in a server; null when not a member.</summary>
    public static async Task<RankedMember?> StandingAsync(ServersDb db, Guid server, Guid user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await db.Members.AsNoTracking()
            .Where(member => member.Server == server && member.User == user)
            .Select(member => new
            {
                State = db.Servers.Where(row => row.Id == server).Select(row => new { row.Owner, Archived = row.ArchivedAt != null }).First(),
                TimedOut = db.MemberTimeouts.Any(timeout => timeout.Server == server && timeout.User == user && timeout.Until > now),
                Roles = member.Roles.Join(db.Roles, held => held.Role, role => role.Id, (held, role) => new { role.Id, role.Permissions, role.Position }).ToList(),
            })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null
            ? null
            : new RankedMember(
                new MemberStanding(user, found.State.Owner == user, [.. found.Roles.Select(role => new HeldRole(role.Id, role.Permissions))], found.TimedOut, found.State.Archived),
                found.Roles.Select(role => role.Position).DefaultIfEmpty(-1).Max());
    }
}

/// <summary>A member's standing and rank.</summary>
/// <param name="Top">The position of the highest role held; -1 without any.</param>
internal sealed record RankedMember(MemberStanding Standing, int Top);
