using Chat.Contracts;
using Chat.Servers.Changes;
using Chat.Servers.Data;
using Chat.Servers.Members;
using Chat.Servers.Servers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Servers.Bans;

internal static class BansEndpoints
{
    private static readonly Needs ToBan = new(Permissions.BanMembers) { EvenArchived = true };

    public static void AddBans(this IHostApplicationBuilder builder) => builder.Services.AddScoped<Banning>();

    public static void MapBans(this IEndpointRouteBuilder routes)
    {
        var bans = routes.MapGroup("/api/v1/servers/{server:guid}/bans").WithScopes("servers");
        bans.MapGet("/", ListAsync);
        bans.MapPost("/", BanManyAsync);
        bans.MapGet("/{user:guid}", GetAsync);
        bans.MapPut("/{user:guid}", BanAsync);
        bans.MapDelete("/{user:guid}", UnbanAsync);
    }

    private static async Task<Results<Ok<Page<BanResponse>>, ProblemHttpResult>> ListAsync(
        Guid server, [AsParameters] PageRequest page, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await RefuseAsync(db, server, caller, time, cancellationToken) is { } refused)
        {
            return refused;
        }

        if (page.Error is { } error)
        {
            return Problems.Validation(error);
        }

        return Cursor.TryRead(page.Cursor, out (long Rev, Guid User) after)
            ? TypedResults.Ok(await BanList.ReadAsync(db, server, page.Cursor is null ? null : after, page.Size, cancellationToken))
            : Problems.Validation(PageRequest.BadCursor);
    }

    private static async Task<Results<Ok<BanResponse>, ProblemHttpResult>> GetAsync(
        Guid server, Guid user, Caller caller, ServersDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await RefuseAsync(db, server, caller, time, cancellationToken) is { } refused)
        {
            return refused;
        }

        return await BanList.FindAsync(db, server, user, cancellationToken) is { } ban ? TypedResults.Ok(ban) : BanList.NotFound();
    }

    /// <summary>Once this answers, the banned read, send and receive nothing of the server any more, and do not get in.</summary>
    private static async Task<Results<Ok<BanResponse>, ProblemHttpResult>> BanAsync(
        Guid server, Guid user, BanUser? request, Caller caller, HttpContext http, ServerActs acts, Banning banning, CancellationToken cancellationToken)
    {
        request ??= new BanUser();
        return request.Check(out var terms) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : await acts.RunAsync(http, caller, server, request, ToBan, ct => banning.BanAsync(user, terms, ct), cancellationToken);
    }

    private static async Task<Results<Ok<BansResponse>, ProblemHttpResult>> BanManyAsync(
        Guid server, BanUsers request, Caller caller, HttpContext http, ServerActs acts, Banning banning, CancellationToken cancellationToken) =>
        request.Check(out var users, out var terms) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : await acts.RunAsync(http, caller, server, request, ToBan, ct => banning.BanManyAsync(users, terms, ct), cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> UnbanAsync(
        Guid server, Guid user, Caller caller, HttpContext http, ServerActs acts, Banning banning, CancellationToken cancellationToken) =>
        acts.DoAsync(http, caller, server, null, ToBan, ct => banning.UnbanAsync(user, ct), cancellationToken);

    private static async Task<ProblemHttpResult?> RefuseAsync(ServersDb db, Guid server, Caller caller, TimeProvider time, CancellationToken cancellationToken) =>
        await Memberships.RightsAsync(db, server, caller.Id, time.GetUtcNow(), cancellationToken) switch
        {
            null => ServerProblems.NotFound(),
            { } rights when !rights.HasFlag(Permissions.BanMembers) => ServerProblems.MissingPermission(Permissions.BanMembers),
            _ => null,
        };
}
