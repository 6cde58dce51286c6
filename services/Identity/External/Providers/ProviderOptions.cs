using Microsoft.AspNetCore.Authentication.OAuth;

namespace Chat.Identity.External.Providers;

/// <summary>
/// Configuration section <c>External:{provider}</c>: <c>ClientId</c>, <c>ClientSecret</c>, and the provider's addresses where they are not its public ones. A provider without
/// <c>ClientId</c> is not there.
/// </summary>
internal sealed class ProviderOptions : OAuthOptions
{
    private static readonly IReadOnlyList<string> Overridable = [nameof(AuthorizationEndpoint), nameof(TokenEndpoint), nameof(UserInformationEndpoint), nameof(EmailsEndpoint)];

    /// <summary>Where GitHub lists a person's e-mail addresses.</summary>
    public string? EmailsEndpoint { get; set; }

    /// <summary>Which provider it is.</summary>
    public IProvider? Provider { get; set; }

    public static bool IsConfigured(IConfiguration configuration, IProvider provider) => configuration[$"External:{provider.Name}:ClientId"] is { Length: > 0 };

    /// <exception cref="InvalidOperationException">A value is missing or makes no sense.</exception>
    public void Read(IConfiguration configuration, IProvider provider)
    {
        var section = configuration.GetSection($"External:{provider.Name}");
        Provider = provider;
        ClientId = section[nameof(ClientId)] ?? "";
        ClientSecret = section[nameof(ClientSecret)] is { Length: > 0 } secret
            ? secret
            : throw new InvalidOperationException($"{section.Path}:{nameof(ClientSecret)} is required with {nameof(ClientId)}.");
        provider.SetDefaults(this);
        foreach (var name in Overridable)
        {
            if (section[name] is { Length: > 0 } address)
                Override(name, Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                    ? address
                    : throw new InvalidOperationException($"{section.Path}:{name} is not an address such as https://provider.example/path."));
        }
    }

    private void Override(string name, string address)
    {
        switch (name)
        {
            case nameof(AuthorizationEndpoint):
                AuthorizationEndpoint = address;
                break;
            case nameof(TokenEndpoint):
                TokenEndpoint = address;
                break;
            case nameof(UserInformationEndpoint):
                UserInformationEndpoint = address;
                break;
            default:
                EmailsEndpoint = address;
                break;
        }
    }
}
