using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

/// <summary>The member to whom something is to be done, as of the moment their server was locked.</summary>
/// <param name="row">Tracked, with the roles held.</param>
/// <param name="top">The position of the highest role held; -1 without any.</param>
internal sealed class MemberTarget(Member row, bool owner, int top)
{
    public Member Row => row;

    public Guid User => row.User;

    public bool Owner => owner;

    /// <summary>What the audit log keeps of somebody who is removed.</summary>
    /// <param name="ended">What channels allowed them, as it ends.</param>
    public object Shown(IEnumerable<ChannelOverrideChanged> ended) => new
    {
        nickname = row.Nickname,
        roles = row.Roles.Select(held => held.Role).Order(),
        joinedAt = row.JoinedAt,
        allowedIn = ended.Where(one => one.Target == User).Select(one => one.Channel).ToArray() is { Length: > 0 } channels ? channels : null,
    };

    /// <summary>Whether the actor may act on them by rank: on oneself, and on who stands below. Nobody else acts on the owner.</summary>
    public bool IsOpenTo(Actor actor) => User == actor.User || IsBelow(actor);

    /// <summary>Whether they stand below the actor.</summary>
    public bool IsBelow(Actor actor) => actor.Rank.MayActOn(owner, top);

    /// <summary>Null when there is no such member.</summary>
    public static async Task<MemberTarget?> FindAsync(ServersDb db, Server server, Guid user, CancellationToken cancellationToken) =>
        await FindAllAsync(db, server, [user], cancellationToken) is [var member] ? member : null;

    /// <summary>Those of the users who are members.</summary>
    public static async Task<List<MemberTarget>> FindAllAsync(ServersDb db, Server server, IReadOnlyList<Guid> users, CancellationToken cancellationToken)
    {
        var rows = await db.Members.Include(member => member.Roles).Where(member => member.Server == server.Id && users.Contains(member.User)).ToListAsync(cancellationToken);
        var held = rows.SelectMany(row => row.Roles).Select(one => one.Role).Distinct().ToList();
        var positions = await db.Roles.Where(role => held.Contains(role.Id)).ToDictionaryAsync(role => role.Id, role => role.Position, cancellationToken);
        return rows.ConvertAll(row => new MemberTarget(row, server.Owner == row.User, row.Roles.Select(one => positions[one.Role]).DefaultIfEmpty(-1).Max()));
    }
}
