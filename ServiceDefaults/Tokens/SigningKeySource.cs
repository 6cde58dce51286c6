using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>
/// Identity's public keys, fetched by discovery and kept: a service that has them goes on validating while identity is away. An unknown key id
/// asks again, at most each ten seconds.
/// </summary>
internal sealed class SigningKeySource(HttpClient http) : IConfigurationManager<OpenIdConnectConfiguration>
{
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _inner =
        new("http://identity/.well-known/jwks.json", new KeySetRetriever(), new HttpDocumentRetriever(http) { RequireHttps = false })
        {
            AutomaticRefreshInterval = TimeSpan.FromMinutes(10),
            RefreshInterval = TimeSpan.FromSeconds(10),
        };

    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        try
        {
            return await _inner.GetConfigurationAsync(cancel);
        }
        catch (InvalidOperationException exception)
        {
            throw new ServiceUnavailableException("identity_unavailable", "Tokens cannot be checked: identity does not answer.", exception);
        }
    }

    public void RequestRefresh() => _inner.RequestRefresh();

    private sealed class KeySetRetriever : IConfigurationRetriever<OpenIdConnectConfiguration>
    {
        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(string address, IDocumentRetriever retriever, CancellationToken cancel)
        {
            var keys = new JsonWebKeySet(await retriever.GetDocumentAsync(address, cancel));
            var configuration = new OpenIdConnectConfiguration { JsonWebKeySet = keys };
            foreach (var key in keys.GetSigningKeys())
            {
                configuration.SigningKeys.Add(key);
            }

            return configuration;
        }
    }
}
