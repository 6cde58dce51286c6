using Microsoft.Extensions.Primitives;

namespace Chat.Gateway.Browsers;

/// <summary>Headers that tell browsers to be strict, on every reply, whoever produced it.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    // Everything from this origin, nothing inline, never in a frame. 'self' covers same-origin WebSockets in connect-src.
    private const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
        + "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly (string Name, StringValues Value)[] Always =
    [
        ("Content-Security-Policy", ContentSecurityPolicy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=(), payment=(), usb=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ];

    private const string ReferrerPolicy = "strict-origin-when-cross-origin";

    /// <summary>What the author of a page may say instead, with a code or a token in its address: these tell other sites less.</summary>
    private static readonly string[] StricterReferrerPolicies = ["no-referrer", "same-origin", "strict-origin"];

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            var context = (HttpContext)state;
            var headers = context.Response.Headers;
            foreach (var (name, value) in Always)
            {
                headers[name] = value;
            }

            if (headers["Referrer-Policy"] is not [{ } chosen] || !StricterReferrerPolicies.Contains(chosen, StringComparer.OrdinalIgnoreCase))
            {
                headers["Referrer-Policy"] = ReferrerPolicy;
            }

            if (context.Request.IsHttps)
            {
                headers.StrictTransportSecurity = "max-age=31536000";
            }

            // Replies are about whoever asked: a cache keeps only what its author marked as fit to keep.
            if (StringValues.IsNullOrEmpty(headers.CacheControl))
            {
                headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        }, context);
        return next(context);
    }
}
