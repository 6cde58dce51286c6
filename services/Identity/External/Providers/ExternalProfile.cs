using System.Text.Json;
using Chat.Identity.Accounts;

namespace Chat.Identity.External.Providers;

/// <summary>Who somebody is at a provider.</summary>
/// <param name="Provider">The provider's key.</param>
/// <param name="Key">The person's there; it never becomes somebody else's.</param>
/// <param name="VerifiedEmail">Their main e-mail address, if the provider has verified it.</param>
/// <param name="Suggestion">What they are called there, to suggest a username.</param>
/// <param name="DisplayName">A valid one.</param>
internal sealed record ExternalProfile(string Provider, string Key, string? VerifiedEmail, string? Suggestion, string? DisplayName)
{
    // The column's width. OpenID Connect allows 255 for "sub"; Google and GitHub use numbers.
    private const int MaxKeyLength = 128;

    /// <summary>From what the provider has sent, which may be anything.</summary>
    /// <exception cref="ProviderException">It does not say who it is.</exception>
    public static ExternalProfile From(string provider, string? key, string? verifiedEmail, string? suggestion, string? displayName) =>
        key is { Length: > 0 and <= MaxKeyLength } && key.All(c => c is > ' ' and < '\x7f')
            ? new ExternalProfile(
                provider, key, EmailAddress.TryParse(verifiedEmail, out var email) ? email : null, suggestion, Accounts.DisplayName.TryParse(displayName, out var name) ? name : null)
            : throw new ProviderException("provider_failed", "The profile has no usable identifier.");
}

internal static class JsonText
{
    /// <summary>The member's text; null when there is none or it is no text.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
