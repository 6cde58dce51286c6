using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chat.ServiceDefaults.Errors;

/// <summary>Gives every bare error status a body with a code.</summary>
internal static class ProblemWriter
{
    public static Task WriteStatusAsync(StatusCodeContext context) =>
        ForStatus(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext);

    public static ProblemHttpResult ForStatus(int status) => status switch
    {
        StatusCodes.Status400BadRequest => Problems.Create(status, "malformed_request", "The request cannot be read: a value is missing, of the wrong type or not valid JSON."),
        StatusCodes.Status401Unauthorized => Problems.Create(status, "unauthenticated", "Sign in first: no valid session or token came with the request."),
        StatusCodes.Status403Forbidden => Problems.Create(status, "forbidden", "This is not allowed for the caller."),
        StatusCodes.Status404NotFound => Problems.Create(status, "not_found", "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => Problems.Create(status, "method_not_allowed", "This address does not take this method."),
        StatusCodes.Status408RequestTimeout => Problems.Create(status, "request_timeout", "The request took too long to arrive."),
        StatusCodes.Status411LengthRequired => Problems.Create(status, "length_required", "The request needs a Content-Length."),
        StatusCodes.Status413PayloadTooLarge => Problems.Create(status, "body_too_large", "The request body is larger than this address takes."),
        StatusCodes.Status415UnsupportedMediaType => Problems.Create(status, "unsupported_media_type", "Send application/json."),
        StatusCodes.Status431RequestHeaderFieldsTooLarge => Problems.Create(status, "headers_too_large", "The request headers are too large."),
        >= 500 => Problems.Create(status, "internal_error", "Something failed here. It has been recorded."),
        _ => Problems.Create(status, "request_failed", "The request cannot be served."),
    };
}
