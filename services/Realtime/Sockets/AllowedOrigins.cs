namespace Chat.Realtime.Sockets;

/// <summary>
/// The origins whose pages may open sockets: that of <c>Auth:Issuer</c> and those of <c>AllowedOrigins</c> (a list, or one text with spaces or commas).
/// A request without an origin is not a browser's, and the cookie it might be tricked into sending is not there.
/// </summary>
internal sealed class AllowedOrigins
{
    private readonly HashSet<string> _origins = new(StringComparer.OrdinalIgnoreCase);

    public AllowedOrigins(IConfiguration configuration)
    {
        var section = configuration.GetSection("AllowedOrigins");
        string[] configured = section.Get<string[]>() ?? section.Value?.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (var address in configured.Append(configuration["Auth:Issuer"] ?? "http://localhost:8080"))
        {
            _origins.Add(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri.GetLeftPart(UriPartial.Authority)
                : throw new InvalidOperationException($"'{address}' is not an origin such as https://chat.example."));
        }
    }

    public bool Allows(HttpRequest request) => request.Headers.Origin is [] || (request.Headers.Origin is [{ } origin] && _origins.Contains(origin));
}
