using Chat.Identity.Proof;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Identity.Lifecycle;

internal static class LifecycleEndpoints
{
    public static void MapLifecycle(this IEndpointRouteBuilder routes)
    {
        var mine = routes.MapGroup("/users/@me").RequireFreshProof();
        mine.MapPost("/disable", Disable);
        mine.MapDelete("/", Delete);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Disable(
        Caller caller, HttpContext http, AccountLeaving leaving, SessionCookie cookie, CancellationToken cancellation)
    {
        if (await leaving.DisableAsync(http, caller, cancellation) is { } problem)
            return Ended(problem, http, cookie);

        cookie.Clear(http.Response);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Accepted<DeletionResponse>, ProblemHttpResult>> Delete(
        Caller caller, HttpContext http, AccountLeaving leaving, SessionCookie cookie, CancellationToken cancellation)
    {
        var (deleteAt, refusal) = await leaving.DeleteAsync(http, caller, cancellation);
        if (refusal is not null)
            return Ended(refusal, http, cookie);

        cookie.Clear(http.Response);
        return TypedResults.Accepted((string?)null, new DeletionResponse(deleteAt));
    }

    /// <summary>What is not effective everywhere yet has been done all the same: the cookie is worth nothing any more.</summary>
    private static ProblemHttpResult Ended(ProblemHttpResult problem, HttpContext http, SessionCookie cookie)
    {
        if (problem.StatusCode == StatusCodes.Status503ServiceUnavailable)
            cookie.Clear(http.Response);
        return problem;
    }
}

/// <summary>Until <paramref name="DeleteAt"/> the owner can take it back by signing in.</summary>
internal sealed record DeletionResponse(DateTimeOffset DeleteAt);
