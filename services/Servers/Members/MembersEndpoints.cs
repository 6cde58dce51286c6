using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Members;

internal static class MembersEndpoints
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    public static void AddMembers(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<Departure>();
        builder.Services.AddScoped<Erasure>();
    }

    public static void MapMembers(this IEndpointRouteBuilder routes)
    {
        var server = routes.MapGroup("/api/v1/servers/{server:guid}").WithScopes("servers");
        server.MapGet("/members", ListAsync);
        server.MapPost("/leave", LeaveAsync);
    }

    private static async Task<Results<Ok<Page<MemberResponse>>, ProblemHttpResult>> ListAsync(
        Guid server, [AsParameters] PageRequest page, Caller caller, ServersDb db, CancellationToken cancellationToken)
    {
        if (!await Memberships.ExistsAsync(db, server, caller.Id, cancellationToken))
        {
            return ServerProblems.NotFound();
        }

        if (page.Error is { } error)
        {
            return Problems.Validation(error);
        }

        if (!Cursor.TryRead(page.Cursor, out long after))
        {
            return Problems.Validation(PageRequest.BadCursor);
        }

        var found = await db.Members.AsNoTracking()
            .Where(member => member.Server == server && member.JoinedRev > after)
            .OrderBy(member => member.JoinedRev)
            .Take(page.Size + 1)
            .Join(db.Profiles, member => member.User, profile => profile.Id, (member, profile) => new
            {
                member.JoinedRev,
                Response = new MemberResponse(
                    new UserResponse(profile.Id, profile.Username, profile.DisplayName, profile.Deleted ? true : null),
                    member.Roles.Select(held => held.Role).ToList(),
                    member.JoinedAt),
            })
            .OrderBy(member => member.JoinedRev)
            .ToListAsync(cancellationToken);
        var items = found.Take(page.Size).Select(member => member.Response).ToList();
        return TypedResults.Ok(new Page<MemberResponse>(items, found.Count > page.Size ? Cursor.Of(found[page.Size - 1].JoinedRev) : null));
    }

    /// <summary>Once this answers 204 the leaver reads, sends and receives nothing of the server any more.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> LeaveAsync(
        Guid server, Caller caller, HttpContext http, [AsParameters] LeaveServices services, CancellationToken cancellationToken)
    {
        var left = await Idempotency.RunAsync(services.Db, http, caller.Id, null, ct => services.Departure.LeaveAsync(server, caller.Id, ct), cancellationToken);
        if (left.Result is ProblemHttpResult problem)
        {
            return problem;
        }

        return await services.Changes.TakeEffectAsync(server, caller.Id, cancellationToken)
            ? TypedResults.NoContent()
            : Problems.Unavailable("not_yet_effective", "You have left, but not every part of the system knows yet. Repeat the request.", RetrySoon);
    }

    private sealed record LeaveServices(ServersDb Db, Departure Departure, ServerChanges Changes);

    /// <param name="Deleted">True when the account was erased; absent otherwise.</param>
    private sealed record UserResponse(Guid Id, string Username, string DisplayName, bool? Deleted);

    /// <param name="Roles">The ids of the roles held.</param>
    private sealed record MemberResponse(UserResponse User, IReadOnlyList<Guid> Roles, DateTimeOffset JoinedAt);
}
