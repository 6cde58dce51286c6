using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Chat.Identity.SigningKeys;

/// <summary>Identity validates its own tokens with the keys it has in memory instead of fetching them from itself.</summary>
internal sealed class LocalSigningKeys(SigningKeyRing ring) : IConfigurationManager<OpenIdConnectConfiguration>
{
    public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        var configuration = new OpenIdConnectConfiguration();
        foreach (var key in ring.Published)
            configuration.SigningKeys.Add(key.Verifier);

        return Task.FromResult(configuration);
    }

    public void RequestRefresh()
    {
        // Always current: every call reads the ring.
    }
}
