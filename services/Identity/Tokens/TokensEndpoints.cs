using Chat.Identity.Data;
using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Tokens;

internal static class TokensEndpoints
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    public static void MapTokens(this IEndpointRouteBuilder routes)
    {
        var tokens = routes.MapGroup("/auth/tokens");
        tokens.MapPost("/", Create).RequireFreshProof();
        tokens.MapGet("/", List);
        tokens.MapGet("/{id:guid}", Get);
        tokens.MapDelete("/{id:guid}", Revoke);
    }

    // No Idempotency-Key: the answer holds a secret, which is kept nowhere. After a lost answer the token is revoked and another one made.
    private static async Task<Results<Created<CreatedTokenResponse>, ProblemHttpResult>> Create(
        CreateTokenRequest request, HttpContext http, Caller caller, TokenIssuing issuing, TimeProvider clock, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        if (request.Validate(clock.GetUtcNow(), errors) is not var (name, scopes))
            return Problems.Validation(errors);

        http.Response.Headers.CacheControl = "no-store";
        return await issuing.IssueAsync(http, caller, name, scopes, request.ExpiresAt, request.Bot, cancellation);
    }

    private static async Task<Results<Ok<TokenList>, ProblemHttpResult>> List(
        Caller caller, IdentityDb db, TimeProvider clock, int? limit, string? cursor, CancellationToken cancellation)
    {
        var take = limit ?? DefaultLimit;
        if (take is < 1 or > MaxLimit)
            return Problems.Validation(new FieldError("limit", "out_of_range", $"From 1 to {MaxLimit}."));

        var live = Live(db, caller, clock);
        if (cursor is not null)
        {
            if (!Guid.TryParse(cursor, out var before))
                return Problems.Validation(new FieldError("cursor", "invalid", "Not a cursor of this list."));
            live = live.Where(t => t.Session.Id < before);
        }

        var page = await live.OrderByDescending(t => t.Session.Id).Take(take + 1).ToListAsync(cancellation);
        var items = page.Take(take).Select(t => TokenResponse.From(t.Token, t.Session)).ToList();
        return TypedResults.Ok(new TokenList(items, page.Count > take ? items[^1].Id.ToString() : null));
    }

    private static async Task<Results<Ok<TokenResponse>, ProblemHttpResult>> Get(Guid id, Caller caller, IdentityDb db, TimeProvider clock, CancellationToken cancellation) =>
        await Live(db, caller, clock).SingleOrDefaultAsync(t => t.Session.Id == id, cancellation) is { } found ? TypedResults.Ok(TokenResponse.From(found.Token, found.Session)) : NotFound();

    /// <summary>Ended ones answer 204 again while their row stands, so that repeating a request answered 503 finishes it.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(Guid id, Caller caller, IdentityDb db, SessionEnding ending, CancellationToken cancellation)
    {
        if (await db.PersonalTokens.AsNoTracking().SingleOrDefaultAsync(t => t.Id == id && t.OwnerId == caller.Id, cancellation) is not { } token)
            return NotFound();

        return await ending.EndAsync(token.AccountId, [id], cancellation) ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    private static IQueryable<LiveToken> Live(IdentityDb db, Caller caller, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return db.PersonalTokens.AsNoTracking().Where(t => t.OwnerId == caller.Id)
            .Join(db.Sessions.Where(s => s.RevokedAt == null && s.ExpiresAt > now), t => t.Id, s => s.Id, (token, session) => new LiveToken { Token = token, Session = session });
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound("token_not_found", "There is no such token.");

    private sealed class LiveToken
    {
        public required PersonalToken Token { get; init; }

        public required Session Session { get; init; }
    }
}
