using Chat.Gateway.Limits;
using Chat.Gateway.Sessions;
using Chat.ServiceDefaults;
using Chat.ServiceDefaults.Browsers;

namespace Chat.Gateway.Browsers;

/// <summary>
/// Keeps other sites from acting through a signed-in browser. What changes something, or opens a socket, must come from an allowed origin if it
/// names one; with the session cookie, what changes something must also carry a header that no form or link can send. Signing in and registering
/// have no cookie yet and fall under the first rule, so that another site cannot sign a visitor in as somebody else.
/// </summary>
internal sealed class BrowserRules(RequestDelegate next, AllowedOrigins origins)
{
    private const string ClientHeader = "X-Chat-Client";
    private const int MaxClientLength = 128;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method) || HttpMethods.IsTrace(request.Method));
        if (!changes && !context.AsksForUpgrade())
        {
            return next(context);
        }

        if (!ComesFromAllowedOrigin(request) || (changes && ComesFromAnotherSite(request)))
        {
            return Problems.Forbidden("origin_not_allowed", "Pages of this origin may not do this.").ExecuteAsync(context);
        }

        if (changes && SessionCookie.Authenticates(request) && !NamesItsClient(request))
        {
            return Problems.Forbidden("client_header_required", $"With the session cookie, requests that change something carry the header {ClientHeader}: <name>.").ExecuteAsync(context);
        }

        return next(context);
    }

    private bool ComesFromAllowedOrigin(HttpRequest request) => request.Headers.Origin switch
    {
        [] => true,
        [{ Length: > 0 } origin] => origins.Contains(origin),
        _ => false,
    };

    private static bool ComesFromAnotherSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].Contains("cross-site", StringComparer.OrdinalIgnoreCase);

    private static bool NamesItsClient(HttpRequest request) =>
        request.Headers[ClientHeader] is [{ Length: > 0 and <= MaxClientLength } name] && !string.IsNullOrWhiteSpace(name);
}
