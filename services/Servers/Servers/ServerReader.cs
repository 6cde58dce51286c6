using System.Data;
using Chat.Access;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Servers;

/// <summary>Reads a server as one of its members sees it.</summary>
internal static class ServerReader
{
    /// <summary>Reads all of it as of one revision. Within a transaction that has raised the revision, as of that.</summary>
    /// <returns>Null when there is no such server or the user is not a member.</returns>
    public static async Task<ServerResponse?> ReadAsync(ServersDb db, Guid server, Guid user, CancellationToken cancellationToken)
    {
        // The row lock of a change keeps the server still; a mere reader needs a snapshot.
        await using var snapshot = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken) : null;
        var found = await db.Servers.AsNoTracking()
            .Where(row => row.Id == server)
            .Join(db.Members.Where(member => member.User == user), row => row.Id, member => member.Server, (row, member) => new
            {
                Server = row,
                member.JoinedAt,
                Roles = member.Roles.Select(held => held.Role).ToList(),
            })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return null;
        }

        var roles = await db.Roles.AsNoTracking()
            .Where(role => role.Server == server)
            .OrderBy(role => role.Position).ThenBy(role => role.Id)
            .Select(role => new RoleResponse(role.Id, role.Name, role.BuiltIn, role.Position, role.Permissions))
            .ToListAsync(cancellationToken);
        HeldRole[] held = [.. roles.Where(role => found.Roles.Contains(role.Id)).Select(role => new HeldRole(role.Id, role.Permissions))];
        var channels = await ChannelList.ReadAsync(db, server, user, found.Server.Owner == user, held, cancellationToken);
        var me = new MyMembership([.. held.Select(role => role.Id)], EffectivePermissions.InServer(found.Server.Owner == user, held), found.JoinedAt);
        return new ServerResponse(
            found.Server.Id, found.Server.Name, found.Server.Owner, found.Server.Rev, found.Server.MemberCount, channels, roles, me, found.Server.CreatedAt);
    }
}
