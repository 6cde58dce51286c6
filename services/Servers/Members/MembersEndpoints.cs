using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Members;

internal static class MembersEndpoints
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);
    private static readonly Needs ToKick = new(Permissions.KickMembers) { EvenArchived = true };
    private static readonly Needs ToGiveRoles = new(Permissions.ManageRoles);

    public static void AddMembers(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<Departure>();
        builder.Services.AddScoped<Erasure>();
        builder.Services.AddScoped<Kicking>();
        builder.Services.AddScoped<MemberEdits>();
        builder.Services.AddHostedService<EndedMemberships>();
    }

    public static void MapMembers(this IEndpointRouteBuilder routes)
    {
        var server = routes.MapGroup("/api/v1/servers/{server:guid}").WithScopes("servers");
        server.MapPost("/leave", LeaveAsync);

        var members = server.MapGroup("/members");
        members.MapGet("/", ListAsync);
        members.MapGet("/@me", GetMeAsync);
        members.MapGet("/{user:guid}", GetAsync);
        members.MapPatch("/@me", EditMeAsync);
        members.MapPatch("/{user:guid}", EditAsync);
        members.MapDelete("/{user:guid}", KickAsync);
        members.MapPut("/{user:guid}/roles/{role:guid}", GiveRoleAsync);
        members.MapDelete("/{user:guid}/roles/{role:guid}", TakeRoleAsync);
    }

    private static async Task<Results<Ok<Page<MemberResponse>>, ProblemHttpResult>> ListAsync(
        Guid server, string? q, string? role, [AsParameters] PageRequest page, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await Memberships.ExistsAsync(db, server, caller.Id, cancellationToken))
        {
            return ServerProblems.NotFound();
        }

        if (Check(page, q, role, out var filter, out var after) is { Count: > 0 } errors)
        {
            return Problems.Validation(errors);
        }

        return TypedResults.Ok(await MemberList.ReadAsync(db, server, filter, after, page.Size, time.GetUtcNow(), cancellationToken));
    }

    private static List<FieldError> Check(PageRequest page, string? q, string? role, out MemberFilter filter, out long after)
    {
        var errors = new List<FieldError>();
        if (page.Error is { } size)
        {
            errors.Add(size);
        }

        if (!Cursor.TryRead(page.Cursor, out after))
        {
            errors.Add(PageRequest.BadCursor);
        }

        var text = q;
        if (q is not null && PlainText.Check("q", q, 1, MemberSearch.MaxLength, out text) is { } bad)
        {
            errors.Add(bad);
        }

        var id = Guid.TryParse(role, out var parsed) ? parsed : (Guid?)null;
        if (role is not null && id is null)
        {
            errors.Add(new FieldError("role", "invalid", "The id of a role."));
        }

        filter = new MemberFilter(id, text);
        return errors;
    }

    private static Task<Results<Ok<MemberResponse>, ProblemHttpResult>> GetMeAsync(Guid server, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken) =>
        GetAsync(server, caller.Id, caller, db, time, cancellationToken);

    private static async Task<Results<Ok<MemberResponse>, ProblemHttpResult>> GetAsync(
        Guid server, Guid user, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await Memberships.ExistsAsync(db, server, caller.Id, cancellationToken))
        {
            return ServerProblems.NotFound();
        }

        return await MemberList.FindAsync(db, server, user, time.GetUtcNow(), cancellationToken) is { } member ? TypedResults.Ok(member) : MemberProblems.NotFound();
    }

    private static Task<Results<Ok<MemberResponse>, ProblemHttpResult>> EditMeAsync(
        Guid server, EditMember request, Caller caller, HttpContext http, ServerActs acts, MemberEdits edits, CancellationToken cancellationToken) =>
        EditAsync(server, caller.Id, request, caller, http, acts, edits, cancellationToken);

    private static async Task<Results<Ok<MemberResponse>, ProblemHttpResult>> EditAsync(
        Guid server, Guid user, EditMember request, Caller caller, HttpContext http, ServerActs acts, MemberEdits edits, CancellationToken cancellationToken) =>
        request.Check(out var wanted) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : await acts.RunAsync(http, caller, server, request, new Needs(request.Needed(self: user == caller.Id)), ct => edits.EditAsync(user, wanted, ct), cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> GiveRoleAsync(
        Guid server, Guid user, Guid role, Caller caller, HttpContext http, ServerActs acts, MemberEdits edits, CancellationToken cancellationToken) =>
        acts.DoAsync(http, caller, server, null, ToGiveRoles, ct => edits.GiveAsync(user, role, ct), cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> TakeRoleAsync(
        Guid server, Guid user, Guid role, Caller caller, HttpContext http, ServerActs acts, MemberEdits edits, CancellationToken cancellationToken) =>
        acts.DoAsync(http, caller, server, null, ToGiveRoles, ct => edits.TakeAsync(user, role, ct), cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> KickAsync(
        Guid server, Guid user, Caller caller, HttpContext http, ServerActs acts, Kicking kicking, CancellationToken cancellationToken) =>
        acts.DoAsync(http, caller, server, null, ToKick, ct => kicking.KickAsync(user, ct), cancellationToken, subject: user);

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
}
