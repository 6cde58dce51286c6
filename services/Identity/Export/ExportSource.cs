namespace Chat.Identity.Export;

/// <summary>A service that knows something of a person: <c>GET /internal/users/{id}/export</c> streams it as one JSON object.</summary>
internal abstract class ExportSource(HttpClient http)
{
    /// <summary>The file it becomes.</summary>
    public abstract string File { get; }

    /// <summary>Waits for the headers only; the caller reads and disposes of the response.</summary>
    /// <exception cref="HttpRequestException">It is away, or refuses.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async Task<HttpResponseMessage> OpenAsync(Guid account, CancellationToken cancellation)
    {
        var response = await http.GetAsync(new Uri($"/internal/users/{account}/export", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        try
        {
            return response.EnsureSuccessStatusCode();
        }
        catch (HttpRequestException)
        {
            response.Dispose();
            throw;
        }
    }
}

/// <summary>Memberships and invites.</summary>
internal sealed class ServersExport(HttpClient http) : ExportSource(http)
{
    public const string Service = "servers";

    public override string File => "servers.json";
}

/// <summary>Friends, friend requests and blocks.</summary>
internal sealed class PresenceExport(HttpClient http) : ExportSource(http)
{
    public const string Service = "presence";

    public override string File => "friends.json";
}

/// <summary>Everything the person has written.</summary>
internal sealed class MessagingExport(HttpClient http) : ExportSource(http)
{
    public const string Service = "messaging";

    public override string File => "messages.json";
}
