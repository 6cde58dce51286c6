using System.Net;

namespace Chat.Client;

/// <summary>A request was refused: carries the problem details (RFC 9457) of the answer.</summary>
public sealed class ChatApiException : Exception
{
    public ChatApiException() : base("The request was refused.") { }

    public ChatApiException(string message) : base(message) { }

    public ChatApiException(string message, Exception innerException) : base(message, innerException) { }

    internal ChatApiException(HttpStatusCode status, string code, string message, TimeSpan? retryAfter) : base(message)
    {
        Status = status;
        Code = code;
        RetryAfter = retryAfter;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The stable code, for example <c>validation_failed</c>; <c>unknown</c> when the answer carried none.</summary>
    public string Code { get; } = "unknown";

    /// <summary>How long the server asks to wait before another try, if it said so.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>True where the same request may succeed later: 429, 502, 503 and 504.</summary>
    public bool IsTransient => Status is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
        or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
