using Chat.Presence.Data;
using Chat.Presence.Paging;
using Chat.Presence.Pairs;
using Chat.Presence.People;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Presence.Blocks;

internal static class BlocksEndpoints
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    public static void AddBlocks(this IHostApplicationBuilder builder)
    {
        builder.AddInternalClient<MessagingBlocks>("messaging");
        builder.Services.AddScoped<Blocking>();
        builder.Services.AddScoped<BlockSettlement>();
        builder.Services.AddHostedService<BlockRepair>();
    }

    public static void MapBlocks(this IEndpointRouteBuilder routes)
    {
        var blocks = routes.MapGroup("/api/v1/blocks").WithScopes("friends").WithTags("Blocks");
        blocks.MapGet("/", ListAsync);
        blocks.MapPut("/{user:guid}", BlockAsync);
        blocks.MapDelete("/{user:guid}", UnblockAsync);
    }

    /// <summary>Whom the caller blocks, the newest first.</summary>
    private static async Task<Results<Ok<Page<RelationResponse>>, ProblemHttpResult>> ListAsync(
        [AsParameters] PageRequest page, Caller caller, RelationReader relations, CancellationToken cancellationToken) =>
        page.Check(out var size, out var before) is { Count: > 0 } errors
            ? Problems.Validation(errors)
            : TypedResults.Ok(PageRequest.Cut(await relations.BlocksAsync(caller.Id, before, size + 1, cancellationToken), size, RelationResponse.Blocked));

    /// <summary>Once this answers 204, the blocked reach the caller no more.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> BlockAsync(
        Guid user, Caller caller, HttpContext http, [AsParameters] BlockServices services, CancellationToken cancellationToken)
    {
        if (user == caller.Id)
            return Problems.Validation(new FieldError("user", "self", "That is you."));
        if (!await services.People.ExistsAsync(user, cancellationToken))
            return PeopleDirectory.NotFound();
        return await ChangeAsync(user, caller, http, services, services.Blocking.BlockAsync, cancellationToken);
    }

    /// <summary>Once this answers 204, the two reach each other again, unless the other one blocks as well.</summary>
    private static Task<Results<NoContent, ProblemHttpResult>> UnblockAsync(
        Guid user, Caller caller, HttpContext http, [AsParameters] BlockServices services, CancellationToken cancellationToken) =>
        ChangeAsync(user, caller, http, services, services.Blocking.UnblockAsync, cancellationToken);

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangeAsync(
        Guid user,
        Caller caller,
        HttpContext http,
        BlockServices services,
        Func<Guid, Guid, CancellationToken, Task<Results<Ok<Nothing>, ProblemHttpResult>>> changeAsync,
        CancellationToken cancellationToken)
    {
        await services.People.AdmitAsync(caller, cancellationToken);
        var changed = await Idempotency.RunAsync(services.Db, http, caller.Id, null, ct => changeAsync(caller.Id, user, ct), cancellationToken);
        if (changed.Result is ProblemHttpResult problem)
            return problem;

        // Bounded by time, not by the client's patience: what is committed takes effect even if nobody waits for the answer.
        return await services.Settlement.SettleAsync(caller.Id, user, CancellationToken.None)
            ? TypedResults.NoContent()
            : Problems.Unavailable("not_yet_effective", "The change is made, but not every part of the system knows yet. Repeat the request.", RetrySoon);
    }

    private sealed record BlockServices(PresenceDb Db, PeopleDirectory People, Blocking Blocking, BlockSettlement Settlement);
}
