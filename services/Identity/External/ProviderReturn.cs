using Chat.Identity.Data;
using Chat.Identity.External.Providers;
using Chat.ServiceDefaults;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace Chat.Identity.External;

/// <summary>A browser comes back from a provider. Whatever happens, it is sent on to the page it set out for, with how it went.</summary>
internal sealed partial class ProviderReturn(ExternalSignIn signIn, TimeProvider clock, ILogger<ProviderReturn> logger)
{
    private const string Home = "/";

    public async Task ReceiveAsync(TicketReceivedContext context)
    {
        context.HandleResponse();
        var http = context.HttpContext;
        var properties = context.Properties ?? throw new InvalidOperationException("The ticket has no properties.");
        if (SignInRequest.From(properties, context.ReturnUri, clock.GetUtcNow()) is not { } request)
        {
            Send(http, context.ReturnUri, SignInOutcome.Error("invalid_state"));
            return;
        }

        await AuthenticateAsync(http);
        try
        {
            Send(http, request.ReturnUrl, await signIn.CompleteAsync(http, ProviderHandler.Profile(properties), request, http.RequestAborted));
        }
        catch (Exception exception) when (exception is TimeoutException || exception.IsFromDatabase())
        {
            LogNotCompleted(context.Scheme.Name, exception.Message);
            Send(http, request.ReturnUrl, SignInOutcome.Error("unavailable"));
        }
    }

    public Task FailAsync(RemoteFailureContext context)
    {
        context.HandleResponse();
        var failure = context.Failure as ProviderException;
        var code = failure?.Code ?? Refusal(context);
        if (failure is not null)
            LogFailed(context.Scheme.Name, failure.Code, failure.Message);

        Send(context.HttpContext, (failure?.Properties ?? context.Properties)?.RedirectUri, SignInOutcome.Error(code));
        return Task.CompletedTask;
    }

    /// <summary>The handler notes an error that the provider has sent (RFC 6749, 4.1.2.1); all else it refuses is about state: forged, of another browser, used, or none.</summary>
    private static string Refusal(RemoteFailureContext context) => context.Failure?.Data["error"] switch
    {
        null => "invalid_state",
        "access_denied" => "access_denied",
        "server_error" or "temporarily_unavailable" => "provider_unavailable",
        _ => "provider_failed",
    };

    /// <summary>The handler answers before authorisation, which otherwise finds out who the caller is.</summary>
    private static async Task AuthenticateAsync(HttpContext http)
    {
        if (await http.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme) is { Succeeded: true, Principal: { } principal }
            && Caller.From(principal) is { Scopes: null })
        {
            http.User = principal;
        }
    }

    private static void Send(HttpContext http, string? returnUrl, SignInOutcome outcome)
    {
        // The address that is left carries a code.
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Redirect(ReturnUrl.With(ReturnUrl.TryParse(returnUrl, out var path) ? path : Home, outcome));
    }

    [LoggerMessage(LogLevel.Warning, "Sign-in with {Provider} failed with {Code}: {Reason}")]
    private partial void LogFailed(string provider, string code, string reason);

    [LoggerMessage(LogLevel.Error, "Sign-in with {Provider} was not completed: {Reason}")]
    private partial void LogNotCompleted(string provider, string reason);
}
