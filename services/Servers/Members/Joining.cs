using Chat.Contracts;
using Chat.Servers.Access;
using Chat.Servers.Channels;
using Chat.Servers.Data;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>The one way in for newcomers, whatever brought them.</summary>
internal static class Joining
{
    /// <summary>
    /// Adds a member with the role that the server gives newcomers, within the caller's transaction, which holds the user's profile (<see cref="Memberships.LockAsync"/>)
    /// and then the server's row, and has raised revision and count. The caller records what it returns and saves.
    /// </summary>
    /// <param name="rev">The server's raised revision.</param>
    /// <param name="endsAt">When a temporary membership ends by itself; null: it does not.</param>
    /// <returns>Null when the user is banned; the transaction must not be committed then.</returns>
    public static async Task<Joined?> AddAsync(ServersDb db, Guid server, long rev, Guid user, DateTimeOffset now, DateTimeOffset? endsAt, CancellationToken cancellationToken)
    {
        if (await Memberships.IsBannedAsync(db, server, user, cancellationToken))
        {
            return null;
        }

        var role = await db.Roles
            .Where(role => role.Server == server && role.BuiltIn == db.Servers.Where(row => row.Id == server).Select(row => row.Newcomers).First())
            .Select(role => role.Id)
            .SingleAsync(cancellationToken);
        db.Add(new Member { Server = server, User = user, JoinedRev = rev, JoinedAt = now, EndsAt = endsAt, Roles = [new MemberRole { Server = server, User = user, Role = role }] });
        var delta = new ModelDelta(server, rev).WithMember(user, [role]);
        var timeout = await db.MemberTimeouts.AsNoTracking().SingleOrDefaultAsync(timeout => timeout.Server == server && timeout.User == user && timeout.Until > now, cancellationToken);
        var welcome = await WelcomeChannelAsync(db, server, cancellationToken);
        return new Joined(
            timeout is null ? delta : delta.WithTimeout(user, timeout.Until),
            new MemberJoined { Server = server, Rev = rev, User = user, WelcomeChannel = welcome, At = now });
    }

    /// <summary>The first text channel of the list that is not private: those without a category come before all others.</summary>
    private static async Task<Guid?> WelcomeChannelAsync(ServersDb db, Guid server, CancellationToken cancellationToken) =>
        await db.Database
            .SqlQuery<Guid>(
                $"""
                select c.id as "Value" from channels c left join categories g on g.id = c.category_id
                where c.server_id = {server} and c.kind = {Channel.Text} and not c.private
                order by g.id is not null, g.position, g.id, c.position, c.id limit 1
                """)
            .ToListAsync(cancellationToken) is [var first] ? first : null;
}

/// <summary>What is to be recorded of somebody's joining.</summary>
internal sealed record Joined(ModelDelta Delta, MemberJoined Event);
