using Chat.Gateway.Routing;
using Chat.ServiceDefaults;

namespace Chat.Gateway.Sessions;

/// <summary>
/// Turns the session cookie into the bearer token that services understand. A cookie without a live session sends the request on with neither: what may be
/// done anonymously still works, and the rest is refused by the service.
/// </summary>
internal sealed class SessionBearer(RequestDelegate next, SessionTokens tokens)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context, IdentitySessions identity)
    {
        if (SessionCookie.Read(context.Request) is not { } cookie)
        {
            await next(context);
            return;
        }

        SessionToken? token;
        try
        {
            token = await tokens.GetAsync(cookie, identity.ExchangeAsync, context.RequestAborted);
        }
        catch (ServiceUnavailableException away)
        {
            await Problems.Unavailable(away.Code, away.Message, RetryAfter).ExecuteAsync(context);
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

    /// <summary>A service that refuses the token knows better than this memory; asking identity again heals it.</summary>
    private static bool EndsOrDeniesSession(HttpContext context) =>
        context.Response.StatusCode is StatusCodes.Status401Unauthorized
        || (context.Request.Path.Equals(RouteTable.Logout, StringComparison.OrdinalIgnoreCase) && context.Response.StatusCode is >= 200 and < 300);
}
