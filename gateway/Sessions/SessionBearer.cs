using Chat.Gateway.Routing;
using Chat.ServiceDefaults;

namespace Chat.Gateway.Sessions;

/// <summary>
/// Turns the session cookie or a personal access token into the bearer token that services understand. A cookie without a live session sends the request on
/// with neither: what may be done anonymously still works, and the rest is refused by the service. A personal access token that stands for nobody is refused
/// here, because whoever sends one means to be somebody, and because it must not go further.
/// </summary>
internal sealed class SessionBearer(RequestDelegate next, SessionTokens tokens)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context, IdentitySessions identity)
    {
        var mustBeKnown = PersonalAccessToken.IsSent(context.Request);
        SessionToken? token = null;
        if (Credential(context.Request) is { } credential)
        {
            try
            {
                token = await tokens.GetAsync(credential, identity.ExchangeAsync, context.RequestAborted);
            }
            catch (ServiceUnavailableException away)
            {
                await Problems.Unavailable(away.Code, away.Message, RetryAfter).ExecuteAsync(context);
                return;
            }
        }

        if (token is null && mustBeKnown)
        {
            await RefuseAsync(context);
            return;
        }

        if (token is not null)
        {
            context.Request.Headers.Authorization = $"Bearer {token.AccessToken}";
        }

        await next(context);

        if (token is not null && EndsOrDeniesSession(context))
        {
            tokens.Evict(token.Session);
        }
    }

    private static SessionCredential? Credential(HttpRequest request) => (PersonalAccessToken.Read(request), SessionCookie.Read(request)) switch
    {
        ({ } token, _) => SessionCredential.PersonalAccessToken(token),
        (_, { } cookie) => SessionCredential.Cookie(cookie),
        _ => null,
    };

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Unauthorized("unauthenticated", "This personal access token is unknown, has expired or was withdrawn.").ExecuteAsync(context);
    }

    /// <summary>A service that refuses the token knows better than this memory; asking identity again heals it.</summary>
    private static bool EndsOrDeniesSession(HttpContext context) =>
        context.Response.StatusCode is StatusCodes.Status401Unauthorized
        || (context.Request.Path.Equals(RouteTable.Logout, StringComparison.OrdinalIgnoreCase) && context.Response.StatusCode is >= 200 and < 300);
}
