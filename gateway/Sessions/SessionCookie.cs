namespace Chat.Gateway.Sessions;

/// <summary>The cookie that identity sets at sign-in: an opaque value that only identity can turn into a person.</summary>
internal static class SessionCookie
{
    public const string Name = "chat_session";

    /// <summary>256 bits in base64url. Anything else was not set by identity and is not worth a question.</summary>
    private const int Length = 43;

    /// <summary>Whether this request relies on the cookie: it carries one and no Authorization header of its own, which would take its place.</summary>
    public static bool Authenticates(HttpRequest request) =>
        !request.Headers.ContainsKey("Authorization") && request.Cookies.ContainsKey(Name);

    /// <summary>The value to exchange, or null when there is none that could be genuine.</summary>
    public static string? Read(HttpRequest request) =>
        Authenticates(request) && request.Cookies[Name] is { Length: Length } value && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? value : null;
}
