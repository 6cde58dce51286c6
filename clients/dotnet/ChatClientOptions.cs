namespace Chat.Client;

/// <summary>How a <see cref="ChatClient"/> behaves.</summary>
public sealed record ChatClientOptions
{
    /// <summary>Value of the header <c>X-Chat-Client</c>, which the gateway wants on cookie-authenticated changes.</summary>
    public string ClientName { get; init; } = "chat-dotnet";

    /// <summary>Bound of one attempt of one request.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request that is safe to repeat is repeated before its failure is thrown.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sent as <c>Authorization: Bearer</c> when set; otherwise the session cookie of <see cref="ChatClient.LoginAsync"/> is used.</summary>
    public string? AccessToken { get; init; }

    /// <summary>Innermost handler; null for a <see cref="SocketsHttpHandler"/> with a cookie container of its own. The client disposes it.</summary>
    public HttpMessageHandler? Handler { get; init; }
}
