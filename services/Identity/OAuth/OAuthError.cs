using System.Globalization;
using System.Text.Json.Serialization;

namespace Chat.Identity.OAuth;

/// <summary>A refusal in OAuth's own shape (RFC 6749, 5.2), which is what client libraries read.</summary>
internal sealed class OAuthError : IResult
{
    private readonly int _status;
    private readonly TimeSpan? _retryAfter;

    private OAuthError(int status, string error, string description, TimeSpan? retryAfter = null) =>
        (_status, Error, Description, _retryAfter) = (status, error, description, retryAfter);

    public string Error { get; }

    public string Description { get; }

    public static OAuthError InvalidRequest(string description) => new(StatusCodes.Status400BadRequest, "invalid_request", description);

    public static OAuthError InvalidGrant(string description) => new(StatusCodes.Status400BadRequest, "invalid_grant", description);

    public static OAuthError InvalidScope(string description) => new(StatusCodes.Status400BadRequest, "invalid_scope", description);

    public static OAuthError UnauthorizedClient(string description) => new(StatusCodes.Status400BadRequest, "unauthorized_client", description);

    public static OAuthError UnsupportedGrantType() =>
        new(StatusCodes.Status400BadRequest, "unsupported_grant_type", $"grant_type is one of {string.Join(", ", GrantTypes.All)}.");

    /// <summary>One answer for whatever is wrong with a client's credentials, so that it tells nothing about them.</summary>
    public static OAuthError InvalidClient() => new(StatusCodes.Status401Unauthorized, "invalid_client", "The client is unknown or its authentication is wrong.");

    public static OAuthError TooMany(TimeSpan wait) => new(StatusCodes.Status429TooManyRequests, "temporarily_unavailable", "Too many requests. Try again later.", wait);

    /// <summary>What was asked for is decided but does not hold everywhere yet (RFC 7009, 2.2.1).</summary>
    public static OAuthError NotYetEffective() =>
        new(StatusCodes.Status503ServiceUnavailable, "temporarily_unavailable", "The token has ended, but not every service knows yet. Try again.", TimeSpan.FromSeconds(2));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = _status;
        response.Headers.CacheControl = "no-store";
        if (_status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Basic realm=\"oauth\"";
        if (_retryAfter is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return response.WriteAsJsonAsync(new Body(Error, Description), httpContext.RequestAborted);
    }

    private sealed record Body([property: JsonPropertyName("error")] string Error, [property: JsonPropertyName("error_description")] string Description);
}
