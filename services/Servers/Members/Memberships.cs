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

    /// <summary>What a user may do throughout a server; null when not a member.</summary>
    public static async Task<Contracts.Permissions?> RightsAsync(ServersDb db, Guid server, Guid user, CancellationToken cancellationToken)
    {
        var found = await db.Members.AsNoTracking()
            .Where(member => member.Server == server && member.User == user)
            .Select(member => new
            {
                Owner = db.Servers.Any(row => row.Id == server && row.Owner == user),
                Roles = member.Roles.Join(db.Roles, held => held.Role, role => role.Id, (held, role) => new HeldRole(role.Id, role.Permissions)).ToList(),
            })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : EffectivePermissions.InServer(found.Owner, found.Roles);
    }
}
