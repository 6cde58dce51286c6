using System.Globalization;
using System.Text.Json;

namespace Chat.Identity.External.Providers;

/// <summary>
/// Addresses and PKCE: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps. Profile and addresses:
/// https://docs.github.com/en/rest/users/users#get-the-authenticated-user,
/// https://docs.github.com/en/rest/users/emails#list-email-addresses-for-the-authenticated-user. The address in the profile is the one that is public and need not be verified.
/// </summary>
internal sealed class GitHub : IProvider
{
    public string Key => "github";

    public string Name => "GitHub";

    public void SetDefaults(ProviderOptions options)
    {
        options.AuthorizationEndpoint = "https://github.com/login/oauth/authorize";
        options.TokenEndpoint = "https://github.com/login/oauth/access_token";
        options.UserInformationEndpoint = "https://api.github.com/user";
        options.EmailsEndpoint = "https://api.github.com/user/emails?per_page=100";
        options.Scope.Add("read:user");
        options.Scope.Add("user:email");
    }

    public async Task<ExternalProfile> ReadAsync(ProviderOptions options, Func<string, Task<JsonElement>> get)
    {
        var user = await get(options.UserInformationEndpoint);

        // The number stays when the login is renamed, and then given to somebody else.
        var id = user.TryGetProperty("id", out var number) && number.ValueKind is JsonValueKind.Number && number.TryGetInt64(out var value) ? value : 0;
        var emails = await get(options.EmailsEndpoint ?? throw new InvalidOperationException("The address of the person's e-mail addresses is not set."));
        return ExternalProfile.From(Key, id > 0 ? id.ToString(CultureInfo.InvariantCulture) : null, PrimaryAddress(emails), user.Text("login"), user.Text("name") ?? user.Text("login"));
    }

    private static string? PrimaryAddress(JsonElement emails) => emails.ValueKind is not JsonValueKind.Array
        ? throw new ProviderException("provider_failed", "The list of e-mail addresses is no list.")
        : emails.EnumerateArray().Where(email => Is(email, "primary") && Is(email, "verified")).Select(email => email.Text("email")).FirstOrDefault();

    private static bool Is(JsonElement email, string name) =>
        email.ValueKind is JsonValueKind.Object && email.TryGetProperty(name, out var flag) && flag.ValueKind is JsonValueKind.True;
}
