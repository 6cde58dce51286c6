using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Chat.ServiceDefaults.Browsers;

/// <summary>
/// The origins whose pages may change things or open sockets: that of <c>Auth:Issuer</c>, the public address, and those of <c>AllowedOrigins</c>
/// (a list, or one text with spaces or commas). A value that is no origin stops the service at its start.
/// </summary>
public sealed class AllowedOrigins
{
    private readonly HashSet<string> _origins = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="InvalidOperationException">A configured value is no origin.</exception>
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

    /// <summary>Whether pages of this origin, such as <c>https://chat.example</c>, are trusted.</summary>
    public bool Contains(string origin) => _origins.Contains(origin);

    /// <summary>Whether the request names no origin (it is not a browser's, and carries no cookie it was tricked into sending) or a trusted one.</summary>
    public bool Allows(HttpRequest request) => request.Headers.Origin is [] || (request.Headers.Origin is [{ } origin] && Contains(origin));
}
