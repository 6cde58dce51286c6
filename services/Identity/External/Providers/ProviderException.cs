using Microsoft.AspNetCore.Authentication;

namespace Chat.Identity.External.Providers;

/// <summary>A provider did not tell who somebody is.</summary>
/// <param name="code">What the browser's page is told.</param>
/// <param name="reason">For the log: nothing that the provider sent, which could be secret.</param>
internal sealed class ProviderException(string code, string reason) : Exception(reason)
{
    public string Code => code;

    /// <summary>What the browser had set out with.</summary>
    public AuthenticationProperties? Properties { get; init; }
}
