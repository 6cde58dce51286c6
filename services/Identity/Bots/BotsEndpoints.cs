using Chat.Identity.Accounts;
using Chat.Identity.Data;
using Chat.Identity.Lifecycle;
using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Events;
using Chat.ServiceDefaults.Idempotency;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Bots;

internal static class BotsEndpoints
{
    public static void MapBots(this IEndpointRouteBuilder routes)
    {
        var bots = routes.MapGroup("/auth/bots");
        bots.MapPost("/", Create).RequireFreshProof();
        bots.MapGet("/", List);
        bots.MapGet("/{id:guid}", Get);
        bots.MapPatch("/{id:guid}", Rename);
        bots.MapDelete("/{id:guid}", Delete).RequireFreshProof();
    }

    private static async Task<Results<Created<BotResponse>, ProblemHttpResult>> Create(
        BotRequest request, HttpContext http, Caller caller, IdentityDb db, BotAccounts bots, ReservedNames reserved, Outbox outbox, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        if (request.Validate(reserved, errors) is not var (username, displayName))
            return Problems.Validation(errors);

        var result = await Idempotency.CreateAsync<BotResponse>(
            db, http, caller.Id, request, ct => bots.CreateAsync(caller, username, displayName, ct), cancellation);
        outbox.Wake();
        return result;
    }

    /// <summary>All of the caller's bots: there are at most <see cref="BotAccounts.MostPerOwner"/>.</summary>
    private static async Task<Ok<BotList>> List(Caller caller, IdentityDb db, CancellationToken cancellation) =>
        TypedResults.Ok(new BotList([.. (await Mine(db, caller).OrderBy(a => a.Id).ToListAsync(cancellation)).Select(BotResponse.From)]));

    private static async Task<Results<Ok<BotResponse>, ProblemHttpResult>> Get(Guid id, Caller caller, IdentityDb db, CancellationToken cancellation) =>
        await Mine(db, caller).SingleOrDefaultAsync(a => a.Id == id, cancellation) is { } bot ? TypedResults.Ok(BotResponse.From(bot)) : NotFound();

    private static async Task<Results<Ok<BotResponse>, ProblemHttpResult>> Rename(
        Guid id, RenameBotRequest request, Caller caller, IdentityDb db, BotAccounts bots, Outbox outbox, CancellationToken cancellation)
    {
        if (!DisplayName.TryParse(request.DisplayName, out var displayName))
            return Problems.Validation(BotRequest.BadDisplayName(request.DisplayName));
        if (!await Mine(db, caller).AnyAsync(a => a.Id == id, cancellation))
            return NotFound();

        var bot = await bots.RenameAsync(id, displayName, cancellation);
        outbox.Wake();
        return bot is null ? NotFound() : TypedResults.Ok(bot);
    }

    /// <summary>For good: what the bot wrote stays, as a deleted user's.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        Guid id, Caller caller, IdentityDb db, AccountErasure erasure, SessionEnding ending, CancellationToken cancellation)
    {
        if (await db.OAuthClients.AnyAsync(c => c.BotId == id && c.OwnerId == caller.Id, cancellation))
            return Problems.Conflict("bot_of_client", "An OAuth client acts as this bot. Remove the client.");
        if (await erasure.EraseBotAsync(caller.Id, id, cancellation) is not { } ended)
            return NotFound();

        return await ending.SettleAsync(id, ended, cancellation) ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    private static IQueryable<Account> Mine(IdentityDb db, Caller caller) =>
        db.Users.AsNoTracking().Where(a => a.OwnerId == caller.Id && a.IsBot && a.State == AccountState.Active);

    private static ProblemHttpResult NotFound() => Problems.NotFound("bot_not_found", "There is no such bot of yours.");
}
