using System.Net;
using Chat.Identity.External.Providers;
using Chat.Identity.SigningKeys;
using Chat.ServiceDefaults.Browsers;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Chat.Identity.External;

internal static class ExternalRegistration
{
    // The gateway passes on cookies whose names begin with chat_external, to identity alone.
    private const string CorrelationCookiePrefix = "chat_external_begun_";

    private const int MaxAnswerBytes = 256 * 1024;

    public static void AddExternal(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ExternalOptions>().BindConfiguration("External").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.TryAddSingleton<AllowedOrigins>();
        builder.Services.AddSingleton<ExternalProviders>();
        builder.Services.AddSingleton<PendingCookie>();
        builder.Services.AddScoped<PendingSignIns>();
        builder.Services.AddScoped<ExternalLogins>();
        builder.Services.AddScoped<ExternalSignIn>();
        builder.Services.AddScoped<ExternalAccounts>();
        builder.Services.AddScoped<ProviderReturn>();

        var authentication = builder.Services.AddAuthentication();
        foreach (var provider in KnownProviders.All.Where(provider => ProviderOptions.IsConfigured(builder.Configuration, provider)))
        {
            // At the start, as the handler looks at every request: a value that makes no sense must not wait for the first.
            new ProviderOptions().Read(builder.Configuration, provider);
            authentication.AddOAuth<ProviderOptions, ProviderHandler>(provider.Key, provider.Name, options => options.Read(builder.Configuration, provider));
            builder.Services.AddOptions<ProviderOptions>(provider.Key).Configure<TokenIssuer, IOptions<ExternalOptions>>(Configure);
        }
    }

    private static void Configure(ProviderOptions options, TokenIssuer issuer, IOptions<ExternalOptions> external)
    {
        options.CallbackPath = $"/api/v1/auth/external/{options.Provider?.Key}/callback";
        options.UsePkce = true;
        options.SaveTokens = false;
        options.RemoteAuthenticationTimeout = SignInRequest.GoodFor;
        options.CorrelationCookie.Name = CorrelationCookiePrefix;
        options.CorrelationCookie.HttpOnly = true;
        options.CorrelationCookie.SameSite = SameSiteMode.Lax;
        options.CorrelationCookie.SecurePolicy = issuer.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
        options.Backchannel = CreateBackchannel(external.Value.Timeout);
        options.Events = new OAuthEvents
        {
            OnTicketReceived = context => context.HttpContext.RequestServices.GetRequiredService<ProviderReturn>().ReceiveAsync(context),
            OnRemoteFailure = context => context.HttpContext.RequestServices.GetRequiredService<ProviderReturn>().FailAsync(context),
        };
    }

    /// <summary>For addresses outside: no discovery, no retries (a code is good for one exchange), no traces of ours, nothing that has no end.</summary>
    private static HttpClient CreateBackchannel(TimeSpan timeout)
    {
        var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
        })
        {
            Timeout = timeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };

        // GitHub refuses requests without one (https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent).
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Chat");
        return client;
    }
}
