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
    public static void AddInvites(this IHostApplicationBuilder builder) => builder.Services.AddScoped<Admission>();

    public static void MapInvites(this IEndpointRouteBuilder routes)
    {
        var server = routes.MapGroup("/api/v1/servers/{server:guid}/invites").WithScopes("servers");
        server.MapPost("/", CreateAsync);
        server.MapGet("/", ListAsync);
        server.MapDelete("/{code}", DeleteAsync);

        var invites = routes.MapGroup("/api/v1/invites/{code}");
        invites.MapGet("/", PreviewAsync).AllowAnonymous();
        invites.MapPost("/accept", AcceptAsync).WithScopes("servers");
    }

    private static async Task<Results<Created<InviteResponse>, ProblemHttpResult>> CreateAsync(
        Guid server, CreateInvite? request, Caller caller, HttpContext http, [AsParameters] InviteServices services, CancellationToken cancellationToken)
    {
        request ??= new CreateInvite();
        if (request.Check() is { Count: > 0 } errors)
        {
            return Problems.Validation(errors);
        }

        var created = await Idempotency.CreateAsync(
            services.Db, http, caller.Id, request, ct => services.Admission.InviteAsync(server, caller.Id, request.MaxUses, request.Lifetime, ct), cancellationToken);
        await services.Changes.PublishAsync();
        return created;
    }

    /// <summary>The live invites: all of them for who manages the server, otherwise the caller's own.</summary>
    private static async Task<Results<Ok<Page<InviteResponse>>, ProblemHttpResult>> ListAsync(
        Guid server, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        var (rights, problem) = await RightsAsync(db, server, caller, time.GetUtcNow(), cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var now = time.GetUtcNow();
        var invites = await db.Invites.AsNoTracking()
            .Where(invite => invite.Server == server && (invite.ExpiresAt == null || invite.ExpiresAt > now) && (invite.MaxUses == null || invite.Uses < invite.MaxUses))
            .Where(invite => rights.HasFlag(Permissions.ManageServer) || invite.CreatedBy == caller.Id)
            .OrderBy(invite => invite.CreatedAt).ThenBy(invite => invite.Code)
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(new Page<InviteResponse>(invites.ConvertAll(InviteResponse.Of), null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid server, string code, Caller caller, [AsParameters] InviteServices services, CancellationToken cancellationToken)
    {
        var (rights, problem) = await RightsAsync(services.Db, server, caller, services.Time.GetUtcNow(), cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        await using var transaction = await services.Db.Database.BeginTransactionAsync(cancellationToken);
        var owned = rights.HasFlag(Permissions.ManageServer) ? (Guid?)null : caller.Id;
        if (!InviteCode.IsWellFormed(code) || !await services.Admission.WithdrawAsync(server, code, owned, cancellationToken))
        {
            return NotFound();
        }

        await transaction.CommitAsync(cancellationToken);
        await services.Changes.PublishAsync();
        return TypedResults.NoContent();
    }

    /// <summary>What somebody sees before joining; also without signing in.</summary>
    private static async Task<Results<Ok<InvitePreview>, ProblemHttpResult>> PreviewAsync(string code, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!InviteCode.IsWellFormed(code))
        {
            return NotFound();
        }

        var now = time.GetUtcNow();
        var preview = await db.Invites.AsNoTracking()
            .Where(invite => invite.Code == code && (invite.ExpiresAt == null || invite.ExpiresAt > now) && (invite.MaxUses == null || invite.Uses < invite.MaxUses))
            .Join(db.Servers, invite => invite.Server, server => server.Id, (invite, server) =>
                new InvitePreview(invite.Code, new InvitedServer(server.Id, server.Name, server.MemberCount), invite.ExpiresAt))
            .SingleOrDefaultAsync(cancellationToken);
        return preview is null ? NotFound() : TypedResults.Ok(preview);
    }

    private static async Task<Results<Ok<Accepted>, ProblemHttpResult>> AcceptAsync(
        string code, Caller caller, HttpContext http, [AsParameters] InviteServices services, CancellationToken cancellationToken)
    {
        if (!InviteCode.IsWellFormed(code))
        {
            return NotFound();
        }

        var accepted = await Idempotency.RunAsync(services.Db, http, caller.Id, null, ct => services.Admission.AcceptAsync(code, caller, ct), cancellationToken);
        await services.Changes.PublishAsync();
        return accepted;
    }

    /// <summary>The caller's rights, or why invites are none of their business.</summary>
    private static async Task<(Permissions Rights, ProblemHttpResult? Problem)> RightsAsync(ServersDb db, Guid server, Caller caller, DateTimeOffset now, CancellationToken cancellationToken) =>
        await Memberships.RightsAsync(db, server, caller.Id, now, cancellationToken) switch
        {
            null => (Permissions.None, ServerProblems.NotFound()),
            { } rights when (rights & (Permissions.CreateInvite | Permissions.ManageServer)) == 0 => (rights, ServerProblems.MissingPermission(Permissions.CreateInvite)),
            { } rights => (rights, null),
        };

    internal static ProblemHttpResult NotFound() => Problems.NotFound("invite_not_found", "This invite is not valid, or not any more.");

    private sealed record InviteServices(ServersDb Db, Admission Admission, ServerChanges Changes, TimeProvider Time);

    private sealed record InvitedServer(Guid Id, string Name, int MemberCount);

    private sealed record InvitePreview(string Code, InvitedServer Server, DateTimeOffset? ExpiresAt);
}
