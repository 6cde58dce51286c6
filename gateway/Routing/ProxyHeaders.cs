using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Chat.Gateway.Routing;

/// <summary>
/// What crosses the door. Services hear from the gateway alone where a request came from: whatever the client claimed about that is dropped.
/// Cookies stay here but for those that only identity reads. Hop-by-hop headers are dropped by YARP.
/// </summary>
internal sealed class ProxyHeaders : ITransformProvider
{
    private static readonly string[] Claimed = ["Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "X-Cluster-Client-IP", "Cookie"];
    private static readonly string[] ClaimedPrefixes = ["X-Forwarded-", "X-Original-", "X-Chat-Internal-", "X-Rewrite-", "X-HTTP-Method"];
    private static readonly string[] Banners = ["Server", "X-Powered-By", "X-AspNet-Version", "Via"];

    public void Apply(TransformBuilderContext context)
    {
        context.AddRequestTransform(transform =>
        {
            var headers = transform.ProxyRequest.Headers;
            foreach (var name in transform.HttpContext.Request.Headers.Keys.Where(IsClaim))
            {
                headers.Remove(name);
            }

            return default;
        });
        if (context.Cluster?.ClusterId is RouteTable.Identity)
        {
            context.AddRequestTransform(PassOnIdentityCookies);
        }

        context.AddXForwardedFor(action: ForwardedTransformActions.Set);
        context.AddXForwardedProto(action: ForwardedTransformActions.Set);
        context.AddXForwardedHost(action: ForwardedTransformActions.Set);
        foreach (var banner in Banners)
        {
            context.AddResponseHeaderRemove(banner, ResponseCondition.Always);
        }
    }

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    private static ValueTask PassOnIdentityCookies(RequestTransformContext transform)
    {
        if (IdentityCookies.From(transform.HttpContext.Request.Headers.Cookie) is { } cookies)
        {
            transform.ProxyRequest.Headers.TryAddWithoutValidation("Cookie", cookies);
        }

        return default;
    }

    private static bool IsClaim(string name) =>
        Claimed.Contains(name, StringComparer.OrdinalIgnoreCase) || ClaimedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
