namespace Chat.Identity.OAuth.Authorizing;

/// <summary>A sound authorization request.</summary>
/// <param name="MaxAge">How long ago the person may have signed in.</param>
/// <param name="SignInMark">That the sign-in page was shown for this request, and when; see <see cref="SignInMarks"/>.</param>
internal sealed record AuthorizationRequest(
    OAuthClient Client,
    string RedirectUri,
    string? State,
    IReadOnlyList<string> Scopes,
    string CodeChallenge,
    string? Nonce,
    IReadOnlyCollection<string> Prompts,
    TimeSpan? MaxAge,
    string? LoginHint,
    string? SignInMark)
{
    /// <summary>No page may be shown.</summary>
    public bool MustBeSilent => Prompts.Contains(Prompt.None);
}

/// <summary>Values of <c>prompt</c> (OpenID Connect Core, 3.1.2.1).</summary>
internal static class Prompt
{
    public const string None = "none";
    public const string Login = "login";
    public const string Consent = "consent";

    public static IReadOnlyList<string> All { get; } = [None, Login, Consent];
}

/// <summary>What became of reading a request: one of the three.</summary>
/// <param name="Unusable">Why it can only be told to the person: where an answer would have to go is not known, or not to be trusted.</param>
/// <param name="Refusal">The answer for the client, as an address to lead the browser to.</param>
internal sealed record ReadRequest(AuthorizationRequest? Request = null, string? Unusable = null, string? Refusal = null);
