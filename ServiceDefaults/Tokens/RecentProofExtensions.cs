using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Tokens;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Routes that ask for credentials shown within the last minutes, in services other than identity.</summary>
public static class RecentProofExtensions
{
    /// <summary>Registers what <see cref="RequireRecentProof"/> needs.</summary>
    public static void AddRecentProof(this IHostApplicationBuilder builder) => builder.AddInternalClient<RecentProof>("identity");

    /// <summary>Refuses the request with 403 <c>proof_required</c> unless the caller's session has a fresh proof.</summary>
    public static TBuilder RequireRecentProof<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            if (Caller.From(http.User) is not { } caller)
            {
                return Problems.Unauthorized("unauthenticated", "Sign in first.");
            }

            return await http.RequestServices.GetRequiredService<RecentProof>().RequireAsync(caller, http.RequestAborted) is { } refusal ? refusal : await next(context);
        });
}
