using System.Text.Json;

namespace Chat.Identity.External.Providers;

/// <summary>A service whose accounts people may sign in with.</summary>
internal interface IProvider
{
    /// <summary>Its part of our addresses, and of a stored login: <c>github</c>.</summary>
    string Key { get; }

    /// <summary>As people know it; also its section under <c>External</c> in the configuration.</summary>
    string Name { get; }

    /// <summary>Its public addresses and what we ask for, before the configuration overrides any of them.</summary>
    void SetDefaults(ProviderOptions options);

    /// <summary>Who the person is there.</summary>
    /// <param name="get">Reads a JSON document with the person's access token.</param>
    /// <exception cref="ProviderException">What is read says not enough.</exception>
    Task<ExternalProfile> ReadAsync(ProviderOptions options, Func<string, Task<JsonElement>> get);
}

/// <summary>Those there are; which of them can be used is up to the configuration (<see cref="ExternalProviders"/>).</summary>
internal static class KnownProviders
{
    public static readonly IReadOnlyList<IProvider> All = [new Google(), new GitHub()];
}
