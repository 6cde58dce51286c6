namespace Chat.Gateway.Browsers;

/// <summary>
/// The origins whose pages may change things or open sockets: that of <c>Auth:Issuer</c>, the public address, and those of <c>AllowedOrigins</c>
/// (a list, or one text with spaces or commas).
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
                : throw new InvalidOperationException($"AllowedOrigins, Auth:Issuer: '{address}' is not an origin such as https://chat.example."));
        }
    }

    public bool Contains(string origin) => _origins.Contains(origin);
}
