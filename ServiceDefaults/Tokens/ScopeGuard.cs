using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>
/// Lets a token with a <c>scope</c> claim in only where the endpoint says so. Not a requirement of a policy but a step of its own after authorisation,
/// so that it also holds on routes with other policies than the default one.
/// </summary>
internal sealed class ScopeGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (TokenScopes.Of(context.User) is not { } held)
        {
            return next(context);
        }

        var endpoint = context.GetEndpoint();
        var needed = endpoint?.Metadata.GetMetadata<RequiredScope>()?.For(context.Request.Method);
        if (needed is not null && held.Contains(needed))
        {
            return next(context);
        }

        if (needed is null && endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            // Anybody may come in here, but nothing is done in the user's name on the strength of this token.
            context.User = new ClaimsPrincipal(new ClaimsIdentity());
            return next(context);
        }

        return RefuseAsync(context, needed);
    }

    private static Task RefuseAsync(HttpContext context, string? needed)
    {
        // RFC 6750, section 3.1; the scope is named where one would do.
        context.Response.Headers.WWWAuthenticate = needed is null ? "Bearer error=\"insufficient_scope\"" : $"Bearer error=\"insufficient_scope\", scope=\"{needed}\"";
        var problem = needed is null
            ? Problems.Forbidden("insufficient_scope", "Tokens with scopes are not taken here, whatever their scopes.")
            : Problems.Create(StatusCodes.Status403Forbidden, "insufficient_scope", $"The token lacks the scope {needed}.", ("scope", needed));
        return problem.ExecuteAsync(context);
    }
}
