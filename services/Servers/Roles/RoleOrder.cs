using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Roles;

/// <summary>The rule by which roles are put in another order.</summary>
internal static class RoleOrder
{
    /// <summary>
    /// What all roles' order would be. One can order the roles below oneself, all of them at once; guest and member stay the lowest and the owner's role the highest.
    /// </summary>
    /// <param name="current">All of the server's, lowest first.</param>
    /// <param name="wanted">Those below the actor, lowest first, each once. The owner may name the owner's role too, as the last.</param>
    public static (IReadOnlyList<Role> Order, ProblemHttpResult? Problem) Of(IReadOnlyList<Role> current, IReadOnlyList<Guid> wanted, Rank actor)
    {
        var byId = current.ToDictionary(role => role.Id);
        var named = new List<Role>(wanted.Count);
        foreach (var id in wanted)
        {
            if (!byId.TryGetValue(id, out var role))
            {
                return ([], Stale());
            }

            if (!actor.Outranks(role.Position))
            {
                return ([], ServerProblems.AboveYou("You can only order roles below your own."));
            }

            named.Add(role);
        }

        if (!named.Exists(role => role.BuiltIn == BuiltInRole.Owner.Code))
        {
            named.AddRange(current.Where(role => role.BuiltIn == BuiltInRole.Owner.Code && actor.Outranks(role.Position)));
        }

        var movable = current.TakeWhile(role => actor.Outranks(role.Position)).ToList();
        if (named.Count != movable.Count)
        {
            return ([], Stale());
        }

        foreach (var (place, role) in movable.Index())
        {
            if (role.BuiltIn is "guest" or "member" or "owner" && named[place] != role)
            {
                return ([], Problems.Validation(new FieldError("roles", "fixed_order", "The guest and member roles stay the lowest and the owner's the highest.")));
            }
        }

        return ([.. named, .. current.Skip(named.Count)], null);
    }

    private static ProblemHttpResult Stale() => Problems.Conflict("roles_changed", "These are not the roles below yours. Read them again.");
}
