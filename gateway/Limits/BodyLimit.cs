using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Chat.Gateway.Limits;

/// <summary>
/// Bounds request bodies, announced or chunked. The server's own limit would end the connection while the client is still sending, and the
/// client would rarely see the 413; here it sees the answer and the server reads off the rest for the few seconds it allows.
/// </summary>
internal sealed class BodyLimit(RequestDelegate next, IOptions<GatewayOptions> options)
{
    private readonly long _limit = options.Value.MaxBodyBytes;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return next(context);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } server)
        {
            server.MaxRequestBodySize = null;
        }

        if (context.Request.ContentLength > _limit)
        {
            return BodyTooLarge.Problem().ExecuteAsync(context);
        }

        if (context.Request.ContentLength is null)
        {
            context.Request.Body = new LimitedBody(context.Request.Body, _limit, () => context.Features.Set(new BodyTooLarge()));
        }

        return next(context);
    }
}
