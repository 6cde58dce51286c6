using System.Security.Claims;
using Chat.ServiceDefaults.Tokens;
using Microsoft.AspNetCore.Http;

namespace Chat.ServiceDefaults;

/// <summary>
/// Who makes the request, from the claims of the validated access token. Binds as a handler parameter of routes that require a signed-in user.
/// </summary>
/// <param name="Id">The account (<c>sub</c>).</param>
/// <param name="Session">The session (<c>sid</c>).</param>
/// <param name="Username">The unique user name (<c>preferred_username</c>).</param>
/// <param name="DisplayName">The name shown to others (<c>name</c>).</param>
public sealed record Caller(Guid Id, Guid Session, string Username, string DisplayName)
{
    /// <summary>Whether the account is a program's (<c>bot</c>).</summary>
    public bool Bot { get; init; }

    /// <summary>What the token is limited to (<c>scope</c>); null for a session's token, which may do whatever its user may. Routes say what they need by <c>WithScopes</c>.</summary>
    public IReadOnlySet<string>? Scopes { get; init; }

    /// <summary>Reads the caller from validated claims; null when one is missing or not of its type.</summary>
    public static Caller? From(ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue("sub"), out var id)
        && Guid.TryParse(principal.FindFirstValue("sid"), out var session)
        && principal.FindFirstValue("preferred_username") is { } username
            ? new Caller(id, session, username, principal.FindFirstValue("name") ?? username)
            {
                Bot = bool.TryParse(principal.FindFirstValue("bot"), out var bot) && bot,
                Scopes = TokenScopes.Of(principal),
            }
            : null;

    /// <summary>Called by minimal APIs.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) =>
        ValueTask.FromResult(From(context.User) ?? throw new BadHttpRequestException("The token lacks a claim.", StatusCodes.Status401Unauthorized));
}
