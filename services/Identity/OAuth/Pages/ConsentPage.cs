using Chat.Identity.OAuth.Authorizing;

namespace Chat.Identity.OAuth.Pages;

/// <summary>Asks the person whether a client may have what it asks for.</summary>
internal static class ConsentPage
{
    public static HtmlPage For(AuthorizationRequest request, SignedIn person)
    {
        var client = request.Client;
        var homepage = client.Homepage is null
            ? Html.Empty
            : Html.Of($""" (<a href="{client.Homepage}" target="_blank" rel="noopener noreferrer">{new Uri(client.Homepage).Host}</a>)""");
        var scopes = Html.Join(request.Scopes.Select(scope => Html.Of($"<li>{OAuthScopes.Meaning(scope)}</li>")));
        return new HtmlPage(
            StatusCodes.Status200OK,
            $"Allow {client.Name}?",
            Html.Of($"""
                    <p><strong>{client.Name}</strong>{homepage} would like to use your account. It will be able to:</p>
                    <ul id="scopes">{scopes}</ul>
                    <p>You are signed in as <strong>{person.Account.DisplayName}</strong> ({person.Account.UserName}).
                      <button id="switch" type="button" class="quiet">Use another account</button></p>
                    <p class="hint">Afterwards you are led to <strong>{Destination(request.RedirectUri)}</strong>. You can take this back at any time among your connected apps.</p>
                    <p id="message" role="alert"></p>
                    <p class="choice"><button id="deny" type="button" class="quiet">Deny</button> <button id="allow" type="button">Allow</button></p>
                    <noscript><p role="alert">This page needs JavaScript.</p></noscript>
                """),
            "consent.js");
    }

    private static string Destination(string redirectUri) =>
        new Uri(redirectUri) is { Scheme: "http" or "https" } uri ? (uri.IsLoopback ? $"a program on this device ({uri.Authority})" : uri.Host) : "an app on this device";
}
