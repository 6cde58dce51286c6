using Chat.Identity.Limits;
using Chat.ServiceDefaults.Tokens;
using Microsoft.AspNetCore.HttpOverrides;

namespace Chat.Identity.Sessions;

internal static class SessionRegistration
{
    public static void AddSessions(this IHostApplicationBuilder builder)
    {
        // The gateway says who the client is. Loopback is trusted by default; ASPNETCORE_FORWARDEDHEADERS_ENABLED trusts the network of a deployment.
        builder.Services.Configure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.XForwardedFor);

        builder.Services.AddOptions<SessionOptions>().BindConfiguration("Sessions").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<SignInLimits>().BindConfiguration("SignIn").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<AttemptOptions>().BindConfiguration("Attempts").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<SessionCookie>();
        builder.Services.AddSingleton<KnownDevice>();
        builder.Services.AddSingleton<Attempts>();
        builder.Services.AddSingleton<SignInAttempts>();
        builder.Services.AddScoped<SignInCompletion>();
        builder.Services.AddScoped<Credentials>();
        builder.Services.AddScoped<SessionOpening>();
        builder.Services.AddScoped<SessionEnding>();

        builder.Services.AddSingleton<RevokedSessions>();
        builder.Services.AddSingleton<RevokedSessionsUpkeep>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RevokedSessionsUpkeep>());
        builder.Services.AddHostedService<SessionCleanup>();

        // Identity does not ask itself over HTTP.
        builder.Services.AddSingleton<ISessionLookup, SessionLookup>();
    }
}
