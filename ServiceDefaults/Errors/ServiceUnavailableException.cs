namespace Chat.ServiceDefaults;

/// <summary>A part this request cannot do without does not answer. Becomes 503 with <c>Retry-After</c>; nothing was acknowledged.</summary>
/// <param name="code">The stable code of the answer, such as <c>identity_unavailable</c>.</param>
/// <param name="message">A sentence for people.</param>
/// <param name="inner">What happened.</param>
public sealed class ServiceUnavailableException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The stable code of the answer.</summary>
    public string Code { get; } = code;
}
