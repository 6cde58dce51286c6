using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;

namespace Chat.ServiceDefaults.Errors;

/// <summary>The one place where an exception becomes an answer: what the caller did wrong, what is away for a moment, and what is a defect.</summary>
internal sealed class ProblemDetailsExceptionHandler(ILogger<ProblemDetailsExceptionHandler> logger) : IExceptionHandler
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var problem = Describe(exception);
        if (problem.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            logger.LogError(exception, "{Method} {Path} failed with {Status}", context.Request.Method, context.Request.Path, problem.StatusCode);
        }

        await problem.ExecuteAsync(context);
        return true;
    }

    private static ProblemHttpResult Describe(Exception exception) => exception switch
    {
        BadHttpRequestException bad => ProblemWriter.ForStatus(bad.StatusCode),
        JsonException => ProblemWriter.ForStatus(StatusCodes.Status400BadRequest),
        ServiceUnavailableException away => Problems.Unavailable(away.Code, away.Message, RetrySoon),
        _ when StoreTrouble.IsAway(exception) => Problems.Unavailable("store_unavailable", "A store does not answer. Nothing was changed by this request, or repeating it gives the first result.", RetrySoon),
        _ when StoreTrouble.IsCollision(exception) => Problems.Unavailable("changes_collided", "Changes made at the same moment got in each other's way. This one was undone; repeat it.", RetrySoon),
        HttpRequestException or TimeoutException => Problems.Unavailable("service_unavailable", "Another part of the system does not answer.", RetrySoon),
        _ => ProblemWriter.ForStatus(StatusCodes.Status500InternalServerError),
    };
}
