using Yarp.ReverseProxy.Forwarder;

namespace Chat.Gateway.Routing;

internal static class Unreachable
{
    /// <summary>Whether no connection came about, so that the service has seen nothing of the request: refused, or not answered in time.</summary>
    public static bool NeverConnected(this IForwarderErrorFeature failure) => failure switch
    {
        { Error: ForwarderError.Request, Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } } => true,

        // The connect time-out of SocketsHttpHandler: YARP's own time-outs have no inner TimeoutException.
        { Error: ForwarderError.RequestTimedOut, Exception.InnerException: TimeoutException } => true,
        _ => false,
    };
}
