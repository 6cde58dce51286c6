using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.Presence.Pairs;

/// <summary>The answer of a change that has nothing to show.</summary>
internal sealed record Nothing
{
    public static Results<Ok<Nothing>, ProblemHttpResult> Done => TypedResults.Ok(new Nothing());

    /// <summary>Where nobody is, there is nothing to end: only the caller's own refusal counts.</summary>
    public static Results<Ok<Nothing>, ProblemHttpResult> Unless(ProblemHttpResult refusal) => refusal.StatusCode == StatusCodes.Status404NotFound ? Done : refusal;
}
