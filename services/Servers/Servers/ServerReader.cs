using System.Data;
using Chat.Access;
using Chat.Servers.Changes;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Chat.Servers.Roles;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Servers;

/// <summary>Reads a server as one of its members sees it.</summary>
internal static class ServerReader
{
    /// <summary>What a change answers its actor: the server as it is now, saved but not committed.</summary>
    public static async Task<Changed<ServerResponse>> OfActorAsync(ServersDb db, ServerActs acts, CancellationToken cancellationToken) =>
        await ReadAsync(db, acts.Server.Id, acts.Actor.User, acts.Now, cancellationToken) is { } found
            ? new Changed<ServerResponse>(found)
            : throw new InvalidOperationException("The server that is locked is not there.");

    /// <summary>Reads all of it as of one revision. Within a transaction that has raised the revision, as of that.</summary>
    /// <returns>Null when there is no such server or the user is not a member.</returns>
    public static async Task<ServerResponse?> ReadAsync(ServersDb db, Guid server, Guid user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The row lock of a change keeps the server still; a mere reader needs a snapshot.
        await using var snapshot = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken) : null;
        var found = await db.Servers.AsNoTracking()
            .Where(row => row.Id == server)
            .Join(db.Members.Where(member => member.User == user), row => row.Id, member => member.Server, (row, member) => new
            {
                Server = row,
                member.Nickname,
                member.JoinedAt,
                member.EndsAt,
                TimedOutUntil = db.MemberTimeouts
                    .Where(timeout => timeout.Server == server && timeout.User == user && timeout.Until > now)
                    .Select(timeout => (DateTimeOffset?)timeout.Until)
                    .FirstOrDefault(),
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
            .Select(RoleResponse.Of)
            .ToListAsync(cancellationToken);
        HeldRole[] held = [.. roles.Where(role => found.Roles.Contains(role.Id)).Select(role => new HeldRole(role.Id, role.Permissions))];
        var row = found.Server;
        var standing = new MemberStanding(user, row.Owner == user, held, found.TimedOutUntil is not null, row.ArchivedAt is not null);
        var (categories, channels) = await ChannelList.ReadAsync(db, server, standing, cancellationToken);
        var me = new MyMembership([.. held.Select(role => role.Id)], EffectivePermissions.InServer(standing), found.Nickname, found.TimedOutUntil, found.EndsAt, found.JoinedAt);
        return new ServerResponse(
            row.Id, row.Name, row.Description, row.Icon, row.Banner, row.Public, row.Category, row.Tags, row.Vanity, row.Newcomers, row.ArchivedAt, row.Owner, row.Rev,
            row.MemberCount, categories, channels, roles, me, row.CreatedAt);
    }
}
