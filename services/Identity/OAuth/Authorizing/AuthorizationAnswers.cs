using Chat.Identity.SigningKeys;
using Microsoft.AspNetCore.WebUtilities;

namespace Chat.Identity.OAuth.Authorizing;

/// <summary>Addresses that carry an answer back to the client, always with <c>iss</c> (RFC 9207).</summary>
internal sealed class AuthorizationAnswers(TokenIssuer issuer)
{
    public string Code(AuthorizationRequest request, string code) =>
        Address(request.RedirectUri, [new("code", code), new("state", request.State), new("iss", issuer.Url)]);

    public string Error(AuthorizationRequest request, string error, string description) => Error(request.RedirectUri, request.State, error, description);

    public string Error(string redirectUri, string? state, string error, string description) =>
        Address(redirectUri, [new("error", error), new("error_description", description), new("state", state), new("iss", issuer.Url)]);

    private static string Address(string redirectUri, IEnumerable<KeyValuePair<string, string?>> parameters) =>
        QueryHelpers.AddQueryString(redirectUri, parameters.Where(parameter => parameter.Value is not null));
}
