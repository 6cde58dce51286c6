using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Messaging.Limits;

/// <summary>What clients are told about limits.</summary>
internal static class LimitAnswers
{
    /// <summary>429 <c>slow_mode</c> or <c>rate_limited</c>, the limit's name in <c>limit</c>; null when nothing refuses.</summary>
    public static ProblemHttpResult? Refusal(LimitDecision decision)
    {
        if (decision.RefusedBy is not { } limit)
            return null;
        var problem = limit == SlowTurn.Name
            ? Problems.TooMany("slow_mode", "This channel is in slow mode: the caller's last message in it is too recent.", decision.Wait)
            : Problems.TooMany("rate_limited", "The caller does this faster than is allowed. Nothing was done.", decision.Wait);
        problem.ProblemDetails.Extensions["limit"] = limit;
        return problem;
    }

    /// <summary>The headers <c>RateLimit-Policy</c> and <c>RateLimit</c> of draft-ietf-httpapi-ratelimit-headers, an item for each limit.</summary>
    public static void Announce(HttpResponse response, LimitDecision? decision)
    {
        if (decision is not { Levels: { Count: > 0 } levels })
            return;
        response.Headers["RateLimit-Policy"] = string.Join(", ", levels.Select(level => level.Policy));
        response.Headers["RateLimit"] = string.Join(", ", levels.Select(level => level.State));
    }
}
