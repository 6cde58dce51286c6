using Chat.Access;
using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Servers.Invites;

internal static class InvitesEndpoints
{
    /// <summary>Who has neither of these has nothing to do with invites.</summary>
    internal const Permissions Concerned = Permissions.CreateInvite | Permissions.ManageServer;

    public static void AddInvites(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<Admission>();
        builder.Services.AddScoped<InviteActs>();
    }

    public static void MapInvites(this IEndpointRouteBuilder routes)
    {
        var server = routes.MapGroup("/api/v1/servers/{server:guid}").WithScopes("servers");
        server.MapPost("/invites", CreateAsync);
        server.MapGet("/invites", ListAsync);
        server.MapDelete("/invites", DeleteAllAsync);
        server.MapDelete("/invites/{code}", DeleteAsync);
        server.MapPost("/invites/{code}/regenerate", RegenerateAsync);
        server.MapPost("/join", JoinAsync);
        server.MapVanity();

        var invites = routes.MapGroup("/api/v1/invites/{code}");
        invites.MapGet("/", PreviewAsync).AllowAnonymous();
        invites.MapPost("/accept", AcceptAsync).WithScopes("servers");
    }

    internal static ProblemHttpResult NotFound() => Problems.NotFound("invite_not_found", "This invite is not valid, or not any more.");

    private static async Task<Results<Created<InviteResponse>, ProblemHttpResult>> CreateAsync(
        Guid server, CreateInvite? request, Caller caller, HttpContext http, [AsParameters] InviteServices services, CancellationToken cancellationToken)
    {
        var wanted = request ?? new CreateInvite();
        return wanted.Check() is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : await services.Acts.CreateAsync(
                http, caller, server, wanted, new Needs(Permissions.CreateInvite), ct => services.Invites.CreateAsync(wanted, ct), cancellationToken);
    }

    /// <summary>The live invites, the oldest first: all of them for who manages the server, otherwise the caller's own.</summary>
    private static async Task<Results<Ok<Page<InviteResponse>>, ProblemHttpResult>> ListAsync(
        Guid server, [AsParameters] PageRequest page, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await Memberships.StandingAsync(db, server, caller.Id, now, cancellationToken) is not { } member)
        {
            return ServerProblems.NotFound();
        }

        // An archived server's are still to be seen.
        var rights = EffectivePermissions.InServer(member.Standing with { Archived = false });
        if ((rights & Concerned) == 0)
        {
            return ServerProblems.MissingPermission(Permissions.CreateInvite);
        }

        if (page.Error is { } error)
        {
            return Problems.Validation(error);
        }

        if (!InviteCursor.TryRead(page.Cursor, out var createdAt, out var code))
        {
            return Problems.Validation(PageRequest.BadCursor);
        }

        var invites = await db.Invites.AsNoTracking()
            .Where(invite => invite.Server == server)
            .Where(Invite.LiveAt(now))
            .Where(invite => rights.HasFlag(Permissions.ManageServer) || invite.CreatedBy == caller.Id)
            .Where(invite => EF.Functions.GreaterThan(ValueTuple.Create(invite.CreatedAt, invite.Code), ValueTuple.Create(createdAt, code)))
            .OrderBy(invite => invite.CreatedAt).ThenBy(invite => invite.Code)
            .Take(page.Size + 1)
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(new Page<InviteResponse>(
            [.. invites.Take(page.Size).Select(InviteResponse.Of)], invites.Count > page.Size ? InviteCursor.Of(invites[page.Size - 1]) : null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid server, string code, Caller caller, HttpContext http, [AsParameters] InviteServices services, CancellationToken cancellationToken) =>
        await services.Acts.DoAsync(http, caller, server, null, Needs.Membership, ct => services.Invites.DeleteAsync(code, ct), cancellationToken);

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAllAsync(
        Guid server, Caller caller, HttpContext http, [AsParameters] InviteServices services, CancellationToken cancellationToken) =>
        await services.Acts.DoAsync(http, caller, server, null, new Needs(Permissions.ManageServer), services.Invites.DeleteAllAsync, cancellationToken);

    private static async Task<Results<Created<InviteResponse>, ProblemHttpResult>> RegenerateAsync(
        Guid server, string code, Caller caller, HttpContext http, [AsParameters] InviteServices services, CancellationToken cancellationToken) =>
        await services.Acts.CreateAsync(http, caller, server, null, Needs.Membership, ct => services.Invites.RegenerateAsync(code, ct), cancellationToken);

    /// <summary>What somebody sees before joining; also without signing in.</summary>
    private static async Task<Results<Ok<InvitePreview>, ProblemHttpResult>> PreviewAsync(string code, Admission admission, CancellationToken cancellationToken) =>
        await admission.PreviewAsync(code, cancellationToken) is { } preview ? TypedResults.Ok(preview) : NotFound();

    private static async Task<Results<Ok<Accepted>, ProblemHttpResult>> AcceptAsync(
        string code, Caller caller, HttpContext http, [AsParameters] JoinServices services, CancellationToken cancellationToken)
    {
        var accepted = await Idempotency.RunAsync(services.Db, http, caller.Id, null, ct => services.Admission.AcceptAsync(code, caller, ct), cancellationToken);
        await services.Changes.PublishAsync();
        return accepted;
    }

    /// <summary>Into a public server without any code.</summary>
    private static async Task<Results<Ok<Accepted>, ProblemHttpResult>> JoinAsync(
        Guid server, Caller caller, HttpContext http, [AsParameters] JoinServices services, CancellationToken cancellationToken)
    {
        var accepted = await Idempotency.RunAsync(services.Db, http, caller.Id, null, ct => services.Admission.JoinAsync(server, caller, ct), cancellationToken);
        await services.Changes.PublishAsync();
        return accepted;
    }

    private sealed record InviteServices(ServerActs Acts, InviteActs Invites);

    private sealed record JoinServices(ServersDb Db, Admission Admission, ServerChanges Changes);
}
