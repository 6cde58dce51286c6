using System.Text.Json;

namespace Chat.Identity.External.Providers;

/// <summary>
/// Addresses: https://accounts.google.com/.well-known/openid-configuration, as of
/// https://developers.google.com/identity/openid-connect/reference#discovery-document. Who somebody is comes from the userinfo endpoint (OpenID Connect Core 1.0, 5.3), asked
/// directly over TLS, so that no ID token has to be validated.
/// </summary>
internal sealed class Google : IProvider
{
    public string Key => "google";

    public string Name => "Google";

    public void SetDefaults(ProviderOptions options)
    {
        options.AuthorizationEndpoint = "https://accounts.google.com/o/oauth2/v2/auth";
        options.TokenEndpoint = "https://oauth2.googleapis.com/token";
        options.UserInformationEndpoint = "https://openidconnect.googleapis.com/v1/userinfo";
        options.Scope.Add("openid");
        options.Scope.Add("email");
        options.Scope.Add("profile");
    }

    public async Task<ExternalProfile> ReadAsync(ProviderOptions options, Func<string, Task<JsonElement>> get)
    {
        var user = await get(options.UserInformationEndpoint);
        var verified = user.TryGetProperty("email_verified", out var flag) && flag.ValueKind is JsonValueKind.True;
        return ExternalProfile.From(Key, user.Text("sub"), verified ? user.Text("email") : null, suggestion: null, user.Text("name"));
    }
}
