using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Chat.Gateway.Routing;

/// <summary>
/// Tries another replica when one cannot be reached. A refused connection carried nothing, so that any request may go elsewhere;
/// after a connection broke, only reads may, because the service may have acted already.
/// </summary>
internal sealed class FailOver(RequestDelegate next)
{
    private const int MaxAttempts = 3;

    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        List<DestinationState> tried = [];
        while (true)
        {
            await next(context);
            if (proxy.ProxiedDestination is not { } failed || !MayTryAgain(context))
            {
                return;
            }

            tried.Add(failed);
            var others = proxy.AllDestinations.Except(tried).ToList();
            if (others.Count == 0 || tried.Count == MaxAttempts)
            {
                return;
            }

            var healthy = others.Where(other => other.Health.Passive is not DestinationHealth.Unhealthy).ToList();
            proxy.AvailableDestinations = healthy.Count > 0 ? healthy : others;
            proxy.ProxiedDestination = null;
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.Clear();
        }
    }

    private static bool MayTryAgain(HttpContext context)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested || context.GetForwarderErrorFeature() is not { } failure)
        {
            return false;
        }

        var reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return failure.NeverConnected() || (reads && failure.Error is ForwarderError.Request);
    }
}
