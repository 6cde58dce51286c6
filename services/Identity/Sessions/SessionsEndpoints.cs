using Chat.Identity.Data;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Sessions;

internal static class SessionsEndpoints
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/auth/sessions");
        sessions.MapGet("/", List);
        sessions.MapGet("/{id:guid}", Get);
        sessions.MapDelete("/", EndOthers);
        sessions.MapDelete("/{id:guid}", End);
    }

    private static async Task<Results<Ok<SessionList>, ProblemHttpResult>> List(
        Caller caller, IdentityDb db, TimeProvider clock, int? limit, string? cursor, CancellationToken cancellation)
    {
        var take = limit ?? DefaultLimit;
        if (take is < 1 or > MaxLimit)
            return Problems.Validation(new FieldError("limit", "out_of_range", $"From 1 to {MaxLimit}."));

        var active = Active(db, caller, clock);
        if (cursor is not null)
        {
            if (!Guid.TryParse(cursor, out var before))
                return Problems.Validation(new FieldError("cursor", "invalid", "Not a cursor of this list."));
            active = active.Where(s => s.Id < before);
        }

        var page = await active.OrderByDescending(s => s.Id).Take(take + 1).ToListAsync(cancellation);
        var items = page.Take(take).Select(s => SessionResponse.From(s, caller.Session)).ToList();
        return TypedResults.Ok(new SessionList(items, page.Count > take ? items[^1].Id.ToString() : null));
    }

    private static async Task<Results<Ok<SessionResponse>, ProblemHttpResult>> Get(
        Guid id, Caller caller, IdentityDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var session = await Active(db, caller, clock).SingleOrDefaultAsync(s => s.Id == id, cancellation);
        return session is null ? SessionNotFound() : TypedResults.Ok(SessionResponse.From(session, caller.Session));
    }

    /// <summary>Ends every session of the caller but the one that asks.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> EndOthers(
        Caller caller, IdentityDb db, SessionEnding ending, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();

        // Those revoked lately are included, so that repeating a request answered 503 finishes it.
        var lately = now - RevokedSessions.KeptFor;
        var others = await db.Sessions
            .Where(s => s.AccountId == caller.Id && s.Kind == SessionKind.Browser && s.Id != caller.Session && s.ExpiresAt > now && (s.RevokedAt == null || s.RevokedAt > lately))
            .OrderByDescending(s => s.RevokedAt ?? DateTimeOffset.MaxValue).Take(2 * SessionOpening.MostPerAccount)
            .Select(s => s.Id).ToListAsync(cancellation);
        return await ending.EndAsync(caller.Id, others, cancellation) ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    /// <summary>Ended ones answer 204 again while their row stands, so that repeating a request answered 503 finishes it.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> End(
        Guid id, HttpContext http, [AsParameters] EndServices services, CancellationToken cancellation)
    {
        var (caller, db, ending, cookie, clock) = services;
        var now = clock.GetUtcNow();
        if (!await db.Sessions.AnyAsync(s => s.Id == id && s.AccountId == caller.Id && s.Kind == SessionKind.Browser && s.ExpiresAt > now, cancellation))
            return SessionNotFound();

        if (id == caller.Session)
            cookie.Clear(http.Response);

        return await ending.EndAsync(caller.Id, [id], cancellation) ? TypedResults.NoContent() : SessionEnding.NotYetEffective();
    }

    private static IQueryable<Session> Active(IdentityDb db, Caller caller, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return db.Sessions.AsNoTracking().Where(s => s.AccountId == caller.Id && s.Kind == SessionKind.Browser && s.RevokedAt == null && s.ExpiresAt > now);
    }

    private static ProblemHttpResult SessionNotFound() => Problems.NotFound("session_not_found", "There is no such session.");
}

internal sealed record EndServices(Caller Caller, IdentityDb Db, SessionEnding Ending, SessionCookie Cookie, TimeProvider Clock);
