using Chat.Gateway.Limits;
using Chat.ServiceDefaults;
using Yarp.ReverseProxy.Forwarder;

namespace Chat.Gateway.Routing;

/// <summary>What went wrong on the way to or from a service, as problem details. Once a reply has begun YARP breaks the connection instead.</summary>
internal sealed class ProxyFailures(RequestDelegate next, ILogger<ProxyFailures> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);

        if (context.GetForwarderErrorFeature() is not { } failure || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var problem = failure.Error switch
        {
            ForwarderError.RequestBodyClient when context.Features.Get<BodyTooLarge>() is not null => BodyTooLarge.Problem(),
            ForwarderError.RequestBodyClient or ForwarderError.RequestCreation => Problems.Create(StatusCodes.Status400BadRequest, "malformed_request", "The request cannot be read."),
            ForwarderError.RequestTimedOut when !failure.NeverConnected() => Problems.Create(StatusCodes.Status504GatewayTimeout, "upstream_timeout", "The service did not answer in time. It may have acted on the request all the same."),
            _ => Problems.Unavailable("service_unavailable", "The service that answers this address is away for the moment.", RetryAfter),
        };
        logger.LogWarning("{Method} {Route} failed on the way to {Destination}: {Error}, {Reason}",
            context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText, context.GetReverseProxyFeature().ProxiedDestination?.DestinationId,
            failure.Error, failure.Exception?.Message);
        context.Response.Clear();
        await problem.ExecuteAsync(context);
    }
}
