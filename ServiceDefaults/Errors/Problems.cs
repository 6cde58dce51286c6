using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Chat.ServiceDefaults;

/// <summary>One thing wrong with one field of a request.</summary>
/// <param name="Field">The field's JSON name, <c>attachments[2]</c> for an element.</param>
/// <param name="Code">A stable code: <c>required</c>, <c>too_long</c>, …</param>
/// <param name="Message">A sentence for people.</param>
public sealed record FieldError(string Field, string Code, string Message);

/// <summary>
/// Errors as RFC 9457 problem details (<c>application/problem+json</c>) with a stable <c>code</c>. The only shape of error that any route answers.
/// </summary>
public static class Problems
{
    /// <summary>400 <c>validation_failed</c>: <c>errors</c> maps each field to a list of <c>{code, message}</c>.</summary>
    public static ProblemHttpResult Validation(params IReadOnlyCollection<FieldError> errors)
    {
        var byField = errors
            .GroupBy(error => error.Field, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(error => new { error.Code, error.Message }).ToArray(), StringComparer.Ordinal);
        return Create(StatusCodes.Status400BadRequest, "validation_failed", "The request has invalid fields.", ("errors", byField));
    }

    /// <summary>401: the caller has not proved who they are.</summary>
    public static ProblemHttpResult Unauthorized(string code, string detail) => Create(StatusCodes.Status401Unauthorized, code, detail);

    /// <summary>403: the caller is known, may know that the thing exists, and may not do this.</summary>
    public static ProblemHttpResult Forbidden(string code, string detail) => Create(StatusCodes.Status403Forbidden, code, detail);

    /// <summary>404: it does not exist, or the caller may not know that it does.</summary>
    public static ProblemHttpResult NotFound(string code, string detail) => Create(StatusCodes.Status404NotFound, code, detail);

    /// <summary>409: the request is sound but contradicts the present state.</summary>
    public static ProblemHttpResult Conflict(string code, string detail) => Create(StatusCodes.Status409Conflict, code, detail);

    /// <summary>422: understood, well formed, and still not possible.</summary>
    public static ProblemHttpResult Unprocessable(string code, string detail) => Create(StatusCodes.Status422UnprocessableEntity, code, detail);

    /// <summary>429 with <c>retryAfterMs</c>; send it through <see cref="RetryAfter"/> so that the header is there too.</summary>
    public static ProblemHttpResult TooMany(string code, string detail, TimeSpan retryAfter) =>
        Create(StatusCodes.Status429TooManyRequests, code, detail, (RetryAfterKey, Milliseconds(retryAfter)));

    /// <summary>503: nothing was acknowledged; the same request may be repeated after <paramref name="retryAfter"/>.</summary>
    public static ProblemHttpResult Unavailable(string code, string detail, TimeSpan retryAfter) =>
        Create(StatusCodes.Status503ServiceUnavailable, code, detail, (RetryAfterKey, Milliseconds(retryAfter)));

    /// <summary>The extension member that carries the wait in milliseconds; the <c>Retry-After</c> header (whole seconds, rounded up) is derived from it.</summary>
    internal const string RetryAfterKey = "retryAfterMs";

    /// <summary>Any other status, with the same shape.</summary>
    /// <param name="more">Further members of the document.</param>
    public static ProblemHttpResult Create(int status, string code, string detail, params ReadOnlySpan<(string Key, object? Value)> more)
    {
        var problem = new ProblemDetails { Status = status, Detail = detail, Title = Title(status), Type = "about:blank" };
        problem.Extensions["code"] = code;
        foreach (var (key, value) in more)
        {
            problem.Extensions[key] = value;
        }

        return TypedResults.Problem(problem);
    }

    internal static void RetryAfter(HttpResponse response, ProblemDetails problem)
    {
        if (problem.Extensions.TryGetValue(RetryAfterKey, out var value) && value is long milliseconds)
        {
            response.Headers.RetryAfter = Math.Max(1, (milliseconds + 999) / 1000).ToString(CultureInfo.InvariantCulture);
        }
    }

    private static long Milliseconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalMilliseconds));

    private static string Title(int status) => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
}
