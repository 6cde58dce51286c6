using Chat.Identity.Data;
using Chat.Identity.Sessions;
using Chat.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Chat.Identity.Administration;

internal static class AdminGuard
{
    /// <summary>Refuses with 403 <c>admin_required</c> whoever is no administrator at this moment, or comes with anything but a browser's session.</summary>
    public static TBuilder RequireAdmin<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            if (Caller.From(http.User) is not { } caller)
                return Problems.Unauthorized("unauthenticated", "Sign in first.");

            var db = http.RequestServices.GetRequiredService<IdentityDb>();
            var administrators = http.RequestServices.GetRequiredService<Administrators>();
            return await db.Sessions.AnyAsync(s => s.Id == caller.Session && s.AccountId == caller.Id && s.Kind == SessionKind.Browser, http.RequestAborted)
                && await administrators.IncludesAsync(caller.Id, http.RequestAborted)
                    ? await next(context)
                    : Administrators.Required();
        });
}
