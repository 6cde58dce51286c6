using System.Buffers.Text;
using System.Globalization;
using Chat.Identity.Data;
using Chat.Identity.OAuth.Clients;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.OAuth.Authorizing;

/// <summary>
/// Reads authorization requests (OAuth 2.1, 4.1.1; OpenID Connect Core, 3.1.2.1). Client and redirect_uri come first: until both are known to belong together nothing is sent anywhere
/// (OAuth 2.1, 4.1.2.1). Every later error goes to the client.
/// </summary>
internal sealed class AuthorizationRequests(IdentityDb db, AuthorizationAnswers answers)
{
    /// <summary>The parameter by which our own sign-in page comes back.</summary>
    public const string SignInMark = "chat_sign_in";

    private const int MaxStateLength = 1024;
    private const int MaxNonceLength = 512;
    private const int MaxHintLength = 254;
    private const int MaxMarkLength = 512;
    private const int ChallengeLength = 43;

    public async Task<ReadRequest> ReadAsync(RequestParameters parameters, CancellationToken cancellation)
    {
        if (parameters.TooMany)
            return new ReadRequest(Unusable: "The link to this page has too many parts.");
        if (parameters["client_id"] is not { } id || !ConfiguredClient.IsId(id)
            || await db.OAuthClients.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, cancellation) is not { } client)
        {
            return new ReadRequest(Unusable: "The app that sent you here is not known.");
        }

        if (parameters["redirect_uri"] is not { } redirectUri || !client.RedirectUris.Any(registered => RedirectUri.Matches(registered, redirectUri)))
            return new ReadRequest(Unusable: "The app that sent you here wants to be answered at an address that it has not registered.");

        var state = parameters["state"];
        if (!IsPlain(state, MaxStateLength))
            return new ReadRequest(Refusal: answers.Error(redirectUri, null, "invalid_request", $"state is at most {MaxStateLength} printable ASCII characters."));

        return Refuse(parameters, client) is { } refusal
            ? new ReadRequest(Refusal: answers.Error(redirectUri, state, refusal.Error, refusal.Description))
            : new ReadRequest(Accept(parameters, client, redirectUri, state));
    }

    private static Refused? Refuse(RequestParameters parameters, OAuthClient client) =>
        RefuseForm(parameters, client) ?? RefuseProof(parameters) ?? RefuseScope(parameters, client) ?? RefuseOpenId(parameters);

    private static Refused? RefuseForm(RequestParameters parameters, OAuthClient client)
    {
        if (parameters.AnyRepeated)
            return new Refused("invalid_request", "A parameter is there twice.");
        if (parameters["request"] is not null)
            return new Refused("request_not_supported", "Send the parameters themselves.");
        if (parameters["request_uri"] is not null)
            return new Refused("request_uri_not_supported", "Send the parameters themselves.");
        if (parameters["response_type"] is not { } type)
            return new Refused("invalid_request", "response_type is required.");
        if (type != "code")
            return new Refused("unsupported_response_type", "response_type is code.");
        if (parameters["response_mode"] is not (null or "query"))
            return new Refused("invalid_request", "response_mode is query.");
        return client.Grants.Contains(GrantTypes.AuthorizationCode) ? null : new Refused("unauthorized_client", "This client has no authorization codes.");
    }

    /// <summary>RFC 7636, 4.3 and 4.4.1; required of every client by RFC 9700, 2.1.1, and never <c>plain</c>.</summary>
    private static Refused? RefuseProof(RequestParameters parameters)
    {
        if (parameters["code_challenge"] is not { } challenge)
            return new Refused("invalid_request", "code_challenge is required.");
        if (parameters["code_challenge_method"] != "S256")
            return new Refused("invalid_request", "code_challenge_method is S256.");
        return challenge.Length == ChallengeLength && Base64Url.IsValid(challenge) ? null : new Refused("invalid_request", "code_challenge is the base64url of a SHA-256.");
    }

    private static Refused? RefuseScope(RequestParameters parameters, OAuthClient client) =>
        OAuthScopes.TryParse(parameters["scope"], out var scopes) && scopes.All(client.Scopes.Contains)
            ? null
            : new Refused("invalid_scope", "scope names one or more of the scopes that the client is registered with.");

    private static Refused? RefuseOpenId(RequestParameters parameters)
    {
        if (!IsPlain(parameters["nonce"], MaxNonceLength))
            return new Refused("invalid_request", $"nonce is at most {MaxNonceLength} printable ASCII characters.");
        if (Prompts(parameters) is var prompts && (prompts.Except(Prompt.All).Any() || (prompts.Contains(Prompt.None) && prompts.Count > 1)))
            return new Refused("invalid_request", "prompt is none, or login and consent.");
        return MaxAge(parameters, out _) ? null : new Refused("invalid_request", "max_age is a number of seconds.");
    }

    private static AuthorizationRequest Accept(RequestParameters parameters, OAuthClient client, string redirectUri, string? state)
    {
        return new AuthorizationRequest(
            client,
            redirectUri,
            state,
            OAuthScopes.TryParse(parameters["scope"], out var scopes) ? scopes : [],
            parameters["code_challenge"] ?? "",
            parameters["nonce"],
            Prompts(parameters),
            MaxAge(parameters, out var maxAge) ? maxAge : null,
            parameters["login_hint"] is { Length: <= MaxHintLength } hint ? hint : null,
            parameters[SignInMark] is { Length: <= MaxMarkLength } mark ? mark : null);
    }

    private static HashSet<string> Prompts(RequestParameters parameters) => [.. parameters["prompt"]?.Split(' ') ?? []];

    private static bool MaxAge(RequestParameters parameters, out TimeSpan? maxAge)
    {
        maxAge = null;
        if (parameters["max_age"] is not { } text)
            return true;
        if (!uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return false;

        maxAge = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>VSCHAR of RFC 6749, A.5.</summary>
    private static bool IsPlain(string? text, int maxLength) => text is null || (text.Length <= maxLength && text.All(c => c is >= ' ' and <= '~'));

    private sealed record Refused(string Error, string Description);
}
