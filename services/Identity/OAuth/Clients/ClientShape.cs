using Chat.Identity.Accounts;
using Chat.ServiceDefaults;

namespace Chat.Identity.OAuth.Clients;

/// <summary>What describes a client, from a request or from configuration, and the rules for it. Elements of lists may be null in what was sent.</summary>
internal sealed record ClientShape(
    string? Name, string? Homepage, IReadOnlyList<string?> RedirectUris, IReadOnlyList<string?> Scopes, IReadOnlyList<string?> Grants, bool Public)
{
    private const int MaxRedirectUris = 10;
    private const int MaxHomepageLength = 2048;

    /// <summary>The shape in its stored form, or what is wrong with it.</summary>
    public ValidClient? Validate(ICollection<FieldError> errors)
    {
        var before = errors.Count;
        if (!VisibleText.TryParse(Name, OAuthClient.MaxNameLength, lines: false, out var name))
            errors.Add(new FieldError("name", string.IsNullOrEmpty(Name) ? "required" : "invalid", $"A name is 1 to {OAuthClient.MaxNameLength} visible characters."));
        if (Homepage is not null && !IsHomepage(Homepage))
            errors.Add(new FieldError("homepage", "invalid", "A homepage is an address that begins with https://."));

        CheckGrants(errors);
        CheckScopes(errors);
        CheckRedirectUris(errors);
        return errors.Count > before || name is null
            ? null
            : new ValidClient(name, Homepage, [.. RedirectUris.OfType<string>()], [.. OAuthScopes.InOrder(Scopes.OfType<string>())], [.. Grants.OfType<string>()]);
    }

    private void CheckGrants(ICollection<FieldError> errors)
    {
        if (Grants.Count == 0)
            errors.Add(new FieldError("grants", "required", $"At least one of {string.Join(", ", GrantTypes.All)}."));
        else if (Grants.Any(grant => !GrantTypes.All.Contains(grant)) || Grants.Distinct().Count() != Grants.Count)
            errors.Add(new FieldError("grants", "invalid", $"Each once, of {string.Join(", ", GrantTypes.All)}."));
        else if (Grants.Contains(GrantTypes.RefreshToken) && !Grants.Contains(GrantTypes.AuthorizationCode))
            errors.Add(new FieldError("grants", "invalid", "refresh_token needs authorization_code."));
        else if (Grants.Contains(GrantTypes.ClientCredentials) && Public)
            errors.Add(new FieldError("grants", "invalid", "client_credentials needs a secret, which a public client has not."));
    }

    private void CheckScopes(ICollection<FieldError> errors)
    {
        if (Scopes.Count == 0)
            errors.Add(new FieldError("scopes", "required", "At least one scope."));
        else if (Scopes.Any(scope => scope is null || !OAuthScopes.IsKnown(scope)) || Scopes.Distinct().Count() != Scopes.Count)
            errors.Add(new FieldError("scopes", "invalid", $"Each once, of {string.Join(", ", OAuthScopes.All)}."));
        else if (Scopes.Contains(OAuthScopes.OfflineAccess) != Grants.Contains(GrantTypes.RefreshToken))
            errors.Add(new FieldError("scopes", "invalid", "The scope offline_access and the grant refresh_token go together."));
        else if (Grants.Contains(GrantTypes.ClientCredentials) && !Scopes.OfType<string>().Any(OAuthScopes.IsOfApi))
            errors.Add(new FieldError("scopes", "invalid", "client_credentials needs a scope of the API."));
    }

    private void CheckRedirectUris(ICollection<FieldError> errors)
    {
        var byBrowser = Grants.Contains(GrantTypes.AuthorizationCode);
        if (byBrowser && RedirectUris.Count == 0)
            errors.Add(new FieldError("redirectUris", "required", "At least one address to send codes to."));
        else if (!byBrowser && RedirectUris.Count > 0)
            errors.Add(new FieldError("redirectUris", "invalid", "Only authorization_code sends anything there."));
        else if (RedirectUris.Count > MaxRedirectUris)
            errors.Add(new FieldError("redirectUris", "too_many", $"At most {MaxRedirectUris}."));
        foreach (var (index, uri) in RedirectUris.Take(MaxRedirectUris).Index())
        {
            if (!RedirectUri.IsValid(uri))
                errors.Add(new FieldError($"redirectUris[{index}]", "invalid", "https, http on 127.0.0.1, [::1] or localhost, or an app's own scheme with a dot; no fragment."));
        }
    }

    private static bool IsHomepage(string text) =>
        text.Length <= MaxHomepageLength && text.All(c => c is > ' ' and < '\x7f') && text.StartsWith("https://", StringComparison.Ordinal)
        && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0;
}

/// <summary>A description that keeps all rules.</summary>
internal sealed record ValidClient(string Name, string? Homepage, List<string> RedirectUris, List<string> Scopes, List<string> Grants);
