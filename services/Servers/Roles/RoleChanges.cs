using Chat.Contracts;
using Chat.Servers.Audit;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Roles;

/// <summary>Changes of a server's roles, each under the server's lock (see <see cref="ServerActs"/>).</summary>
internal sealed class RoleChanges(ServersDb db, ServerActs acts, ServerChanges changes, RolesInChannels channels)
{
    /// <summary>Up to so many who lose something are named; of more it is said that everybody may.</summary>
    private const int MaxNamed = 100;

    /// <summary>Makes a role directly above the built-in member's; what stands there moves up.</summary>
    public async Task<ActOutcome<RoleResponse>> CreateAsync(CreateRole request, string name, CancellationToken cancellationToken)
    {
        if (!acts.Actor.Rank.MayChange(request.Permissions))
        {
            return NotYours();
        }

        var roles = await RolesAsync(cancellationToken);
        var below = roles.FindIndex(role => role.BuiltIn == BuiltInRole.Member.Code);
        // Who stands no higher than that would make a role above themselves.
        if (!acts.Actor.Outranks(roles[below].Position))
        {
            return ServerProblems.AboveYou("A new role would stand above your own.");
        }

        if (roles.Count >= Role.MaxPerServer)
        {
            return Problems.Conflict("too_many_roles", $"A server has at most {Role.MaxPerServer} roles.");
        }

        var role = new Role
        {
            Id = Guid.CreateVersion7(),
            Server = acts.Server.Id,
            Name = name,
            Permissions = request.Permissions,
            Colour = request.Colour,
            Hoist = request.Hoist,
            Mentionable = request.Mentionable,
        };
        roles.Insert(below + 1, role);
        Number(roles);
        db.Add(role);
        acts.Record(
            acts.Delta.WithRole(role.Id, role.Permissions, role.Mentionable),
            lost: null,
            new AuditNote(AuditAction.RoleCreated, role.Id, After: Described(role)),
            members: 0,
            Changed(role),
            Reordered(roles));
        return new Changed<RoleResponse>(RoleResponse.From(role), $"/api/v1/servers/{role.Server}/roles/{role.Id}");
    }

    /// <param name="name">The name it is to have; null: it keeps its own.</param>
    public async Task<ActOutcome<RoleResponse>> EditAsync(Guid id, EditRole request, string? name, CancellationToken cancellationToken)
    {
        if (await db.Roles.SingleOrDefaultAsync(role => role.Id == id && role.Server == acts.Server.Id, cancellationToken) is not { } role)
        {
            return NotFound();
        }

        if (!acts.Actor.Outranks(role.Position))
        {
            return ServerProblems.AboveYou("You can only edit roles below your own.");
        }

        if (role.BuiltIn == BuiltInRole.Owner.Code)
        {
            return BuiltIn("The owner's role cannot be edited.");
        }

        var taken = role.Permissions & ~request.Permissions.Or(role.Permissions);
        if (!acts.Actor.Rank.MayChange(role.Permissions ^ request.Permissions.Or(role.Permissions)))
        {
            return NotYours();
        }

        var (before, after) = (new Dictionary<string, object?>(StringComparer.Ordinal), new Dictionary<string, object?>(StringComparer.Ordinal));
        role.Name = Noted("name", role.Name, name ?? role.Name);
        role.Permissions = Noted("permissions", role.Permissions, request.Permissions.Or(role.Permissions));
        role.Colour = Noted("colour", role.Colour, request.Colour.Or(role.Colour));
        role.Hoist = Noted("hoist", role.Hoist, request.Hoist.Or(role.Hoist));
        role.Mentionable = Noted("mentionable", role.Mentionable, request.Mentionable.Or(role.Mentionable));
        if (after.Count > 0)
        {
            acts.Record(
                acts.Delta.WithRole(role.Id, role.Permissions, role.Mentionable),
                taken == Permissions.None ? null : new AccessLoss(await HoldersAsync(role.Id, cancellationToken)),
                new AuditNote(AuditAction.RoleUpdated, role.Id, before, after),
                members: 0,
                Changed(role));
        }

        return new Changed<RoleResponse>(RoleResponse.From(role));

        T Noted<T>(string field, T was, T becomes)
        {
            if (!EqualityComparer<T>.Default.Equals(was, becomes))
            {
                (before[field], after[field]) = (was, becomes);
            }

            return becomes;
        }
    }

    /// <summary>Nobody holds the role afterwards, and what channels allowed or denied it is gone.</summary>
    public async Task<ActOutcome<Nothing>> DeleteAsync(Guid id, CancellationToken cancellationToken)
    {
        var roles = await RolesAsync(cancellationToken);
        if (roles.Find(role => role.Id == id) is not { } role)
        {
            return await changes.AwaitsAnswerAsync(acts.Server.Id, id, cancellationToken) ? Nothing.Done : NotFound();
        }

        // Deleting takes what it grants.
        if (!acts.Actor.Outranks(role.Position))
        {
            return ServerProblems.AboveYou("You can only delete roles below your own.");
        }

        if (role.BuiltIn is not null)
        {
            return BuiltIn("A built-in role cannot be deleted.");
        }

        if (!acts.Actor.Rank.MayHandOut(role.Position, role.Permissions) || !await channels.MayDeleteAsync(id, cancellationToken))
        {
            return NotYours();
        }

        var holders = await HoldersAsync(id, cancellationToken);
        var members = await db.MemberRoles.CountAsync(held => held.Role == id, cancellationToken);
        var overrides = await db.ChannelOverrides.Where(row => row.Target == id).ExecuteDeleteAsync(cancellationToken);
        db.Remove(role);
        roles.Remove(role);
        Number(roles);
        acts.Record(
            // Members and channels of the model may go on naming it: what grants nothing is not held.
            acts.Delta.WithoutRole(id),
            new AccessLoss(holders, Subject: id),
            new AuditNote(AuditAction.RoleDeleted, id, new { role.Name, role.Permissions, role.Colour, role.Hoist, role.Mentionable, role.Position, members, overrides }),
            members: 0,
            new RoleDeleted { Server = acts.Server.Id, Rev = acts.Rev, Role = id, At = acts.Now },
            Reordered(roles));
        return Nothing.Done;
    }

    /// <summary>Ranks change, rights do not: who may do what stays as it is.</summary>
    public async Task<ActOutcome<Page<RoleResponse>>> OrderAsync(IReadOnlyList<Guid> wanted, CancellationToken cancellationToken)
    {
        var roles = await RolesAsync(cancellationToken);
        var (order, problem) = RoleOrder.Of(roles, wanted, acts.Actor.Rank);
        if (problem is not null)
        {
            return problem;
        }

        if (!order.SequenceEqual(roles))
        {
            Number(order);
            acts.Record(
                acts.Delta,
                lost: null,
                new AuditNote(AuditAction.RolesReordered, Before: new { roles = roles.Select(role => role.Id) }, After: new { roles = order.Select(role => role.Id) }),
                members: 0,
                Reordered(order));
        }

        return new Changed<Page<RoleResponse>>(new Page<RoleResponse>([.. order.Select(RoleResponse.From)], null));
    }

    public static ProblemHttpResult NotFound() => Problems.NotFound("role_not_found", "There is no such role.");

    private static ProblemHttpResult NotYours() => ServerProblems.AboveYou("You cannot give or take permissions that you do not have.");

    private static ProblemHttpResult BuiltIn(string what) => Problems.Conflict("built_in_role", what);

    private static object Described(Role role) => new { role.Name, role.Permissions, role.Colour, role.Hoist, role.Mentionable, role.Position };

    private static void Number(IReadOnlyList<Role> order)
    {
        foreach (var (position, role) in order.Index())
        {
            role.Position = position;
        }
    }

    /// <summary>All of the server's, lowest first, tracked.</summary>
    private Task<List<Role>> RolesAsync(CancellationToken cancellationToken) =>
        db.Roles.Where(role => role.Server == acts.Server.Id).OrderBy(role => role.Position).ThenBy(role => role.Id).ToListAsync(cancellationToken);

    /// <summary>Who holds a role; null: too many to name.</summary>
    private async Task<IReadOnlyList<Guid>?> HoldersAsync(Guid role, CancellationToken cancellationToken)
    {
        var holders = await db.MemberRoles.Where(held => held.Role == role).OrderBy(held => held.User).Select(held => held.User).Take(MaxNamed + 1).ToListAsync(cancellationToken);
        return holders.Count > MaxNamed ? null : holders;
    }

    private RoleChanged Changed(Role role) => new()
    {
        Server = role.Server,
        Rev = acts.Rev,
        Role = role.Id,
        Name = role.Name,
        Permissions = role.Permissions,
        Colour = role.Colour,
        Hoist = role.Hoist,
        Mentionable = role.Mentionable,
        Position = role.Position,
        At = acts.Now,
    };

    private RolesReordered Reordered(IEnumerable<Role> order) => new() { Server = acts.Server.Id, Rev = acts.Rev, Roles = [.. order.Select(role => role.Id)], At = acts.Now };
}
