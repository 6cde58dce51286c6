using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Roles;

internal static class RolesEndpoints
{
    private static readonly Needs ManageRoles = new(Permissions.ManageRoles);

    public static void AddRoles(this IHostApplicationBuilder builder) => builder.Services.AddScoped<RoleChanges>().AddScoped<RolesInChannels>();

    public static void MapRoles(this IEndpointRouteBuilder routes)
    {
        var roles = routes.MapGroup("/api/v1/servers/{server:guid}/roles").WithScopes("servers");
        roles.MapGet("/", ListAsync);
        roles.MapPost("/", CreateAsync);
        roles.MapPatch("/", OrderAsync);
        roles.MapGet("/{role:guid}", GetAsync);
        roles.MapPatch("/{role:guid}", EditAsync);
        roles.MapDelete("/{role:guid}", DeleteAsync);
        roles.MapGet("/{role:guid}/members", MembersAsync);
    }

    private static async Task<Results<Ok<Page<RoleResponse>>, ProblemHttpResult>> ListAsync(Guid server, Caller caller, ServersDb db, CancellationToken cancellationToken)
    {
        if (!await Memberships.ExistsAsync(db, server, caller.Id, cancellationToken))
        {
            return ServerProblems.NotFound();
        }

        var roles = await db.Roles.AsNoTracking()
            .Where(role => role.Server == server)
            .OrderBy(role => role.Position).ThenBy(role => role.Id)
            .Select(RoleResponse.Of)
            .ToListAsync(cancellationToken);
        var members = await db.MemberRoles
            .Where(held => held.Server == server)
            .GroupBy(held => held.Role)
            .Select(holders => new { Role = holders.Key, Count = holders.Count() })
            .ToDictionaryAsync(holders => holders.Role, holders => holders.Count, cancellationToken);
        return TypedResults.Ok(new Page<RoleResponse>(roles.ConvertAll(role => role with { Members = members.GetValueOrDefault(role.Id) }), null));
    }

    private static async Task<Results<Ok<RoleResponse>, ProblemHttpResult>> GetAsync(Guid server, Guid role, Caller caller, ServersDb db, CancellationToken cancellationToken)
    {
        if (!await Memberships.ExistsAsync(db, server, caller.Id, cancellationToken))
        {
            return ServerProblems.NotFound();
        }

        var found = await db.Roles.AsNoTracking().Where(row => row.Id == role && row.Server == server).Select(RoleResponse.Of).SingleOrDefaultAsync(cancellationToken);
        return found is null
            ? RoleChanges.NotFound()
            : TypedResults.Ok(found with { Members = await db.MemberRoles.CountAsync(held => held.Role == role, cancellationToken) });
    }

    private static async Task<Results<Created<RoleResponse>, ProblemHttpResult>> CreateAsync(
        Guid server, CreateRole request, Caller caller, HttpContext http, [AsParameters] RoleServices services, CancellationToken cancellationToken) =>
        request.Check(out var name) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : await services.Acts.CreateAsync(http, caller, server, request, ManageRoles, ct => services.Roles.CreateAsync(request, name, ct), cancellationToken);

    private static async Task<Results<Ok<Page<RoleResponse>>, ProblemHttpResult>> OrderAsync(
        Guid server, OrderRoles request, Caller caller, HttpContext http, [AsParameters] RoleServices services, CancellationToken cancellationToken) =>
        request.Check(out var order) is { } error
            ? Problems.Validation(error)
            : await services.Acts.RunAsync(http, caller, server, request, ManageRoles, ct => services.Roles.OrderAsync(order, ct), cancellationToken);

    private static async Task<Results<Ok<RoleResponse>, ProblemHttpResult>> EditAsync(
        Guid server, Guid role, EditRole request, Caller caller, HttpContext http, [AsParameters] RoleServices services, CancellationToken cancellationToken) =>
        request.Check(out var name) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : await services.Acts.RunAsync(http, caller, server, request, ManageRoles, ct => services.Roles.EditAsync(role, request, name, ct), cancellationToken);

    /// <summary>Once this answers 204 nobody can do anything on the word of that role.</summary>
    private static Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid server, Guid role, Caller caller, HttpContext http, [AsParameters] RoleServices services, CancellationToken cancellationToken) =>
        services.Acts.DoAsync(http, caller, server, null, ManageRoles, ct => services.Roles.DeleteAsync(role, ct), cancellationToken, subject: role);

    private static async Task<Results<Ok<Page<MemberResponse>>, ProblemHttpResult>> MembersAsync(
        Guid server, Guid role, [AsParameters] PageRequest page, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await Memberships.ExistsAsync(db, server, caller.Id, cancellationToken))
        {
            return ServerProblems.NotFound();
        }

        if (!await db.Roles.AnyAsync(row => row.Id == role && row.Server == server, cancellationToken))
        {
            return RoleChanges.NotFound();
        }

        if (page.Error is { } error)
        {
            return Problems.Validation(error);
        }

        return Cursor.TryRead(page.Cursor, out Guid after)
            ? TypedResults.Ok(await MemberList.HoldersAsync(db, server, role, after, page.Size, time.GetUtcNow(), cancellationToken))
            : Problems.Validation(PageRequest.BadCursor);
    }

    private sealed record RoleServices(ServerActs Acts, RoleChanges Roles);
}
