using Chat.Identity.External.Providers;

namespace Chat.Identity.External;

/// <summary>The providers that are configured, and so can be used.</summary>
internal sealed class ExternalProviders(IConfiguration configuration)
{
    public IReadOnlyList<IProvider> All { get; } = [.. KnownProviders.All.Where(provider => ProviderOptions.IsConfigured(configuration, provider))];

    public IReadOnlyList<string> Keys => [.. All.Select(provider => provider.Key)];

    public IProvider? Find(string key) => All.FirstOrDefault(provider => provider.Key == key);
}
