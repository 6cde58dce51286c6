using Microsoft.Extensions.Options;

namespace Chat.Gateway.Browsers;

/// <summary>The origins whose pages may change things: the public address and those the configuration adds.</summary>
internal sealed class AllowedOrigins
{
    private readonly HashSet<string> _origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly bool _publicAddressIsKnown;

    public AllowedOrigins(IConfiguration configuration, IOptions<GatewayOptions> options)
    {
        var publicAddress = configuration["Auth:Issuer"];
        _publicAddressIsKnown = !string.IsNullOrWhiteSpace(publicAddress);
        foreach (var address in _publicAddressIsKnown ? [publicAddress!, .. options.Value.AllowedOrigins] : options.Value.AllowedOrigins)
        {
            _origins.Add(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri.GetLeftPart(UriPartial.Authority)
                : throw new InvalidOperationException($"'{address}' is not an origin such as https://chat.example."));
        }
    }

    /// <summary>Before the public address is configured, a page may speak to the host it was loaded from.</summary>
    public bool Contains(string origin, HttpRequest request) =>
        _origins.Contains(origin)
        || (!_publicAddressIsKnown && string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase));
}
