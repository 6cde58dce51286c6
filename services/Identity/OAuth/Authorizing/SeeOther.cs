namespace Chat.Identity.OAuth.Authorizing;

/// <summary>Leads a browser back to a client: 303, by which no browser sends a form again (RFC 9700, 4.12), and the next site does not hear of this address.</summary>
internal sealed class SeeOther(string address) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = address;
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        return Task.CompletedTask;
    }
}
