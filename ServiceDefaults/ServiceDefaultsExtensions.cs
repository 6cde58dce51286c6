using Chat.ServiceDefaults.Discovery;
using Chat.ServiceDefaults.Errors;
using Chat.ServiceDefaults.Json;
using Chat.ServiceDefaults.Telemetry;
using Chat.ServiceDefaults.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service says once: telemetry, health, discovery, resilience, tokens, problem details, limits.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>The largest request body a service reads unless an endpoint says otherwise: 1 MiB.</summary>
    public const long DefaultBodyLimit = 1024 * 1024;

    private const string LiveTag = "live";

    /// <summary>
    /// Registers the defaults. Reads <c>ServiceKey</c> (required: the secret that services sign their calls to each other with),
    /// <c>Auth:Issuer</c> (the public address, default <c>http://localhost:8080</c>) and <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> (optional).
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddRequestDefaults();
        builder.AddTokenValidation();
        return builder;
    }

    /// <summary>The defaults without the validation of access tokens, for the gateway, which leaves that to the services.</summary>
    public static TBuilder AddRequestDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddLogLevels();
        builder.AddTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(options => JsonDefaults.Apply(options.SerializerOptions));
        builder.AddProblemDetails();
        builder.AddServiceDiscovery();
        ServiceTokens.RequireKey(builder.Configuration);
        builder.Services.AddSingleton<ServiceTokens>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(8));
        builder.Services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = builder.Configuration.GetValue("Limits:BodyBytes", DefaultBodyLimit);
        });
        return builder;
    }

    /// <summary>The middleware of every service, in order: request naming, errors, authentication, authorisation, scopes.</summary>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        app.UseRequestDefaults();
        // Routing's own answers (405, 415) belong to no route and carry no policy; the fallback policy would turn them into 401.
        app.Use((context, next) => context.GetEndpoint() is { RequestDelegate: { } answer } and not RouteEndpoint ? answer(context) : next(context));
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<ScopeGuard>();
        return app;
    }

    /// <summary>The first part of <see cref="UseServiceDefaults"/>, for the gateway, which leaves tokens to the services: request naming and errors.</summary>
    public static WebApplication UseRequestDefaults(this WebApplication app)
    {
        app.UseMiddleware<RequestActivityMiddleware>();
        app.UseExceptionHandler();
        app.UseStatusCodePages(ProblemWriter.WriteStatusAsync);
        return app;
    }

    /// <summary>
    /// <c>GET /alive</c>: the process answers. <c>GET /health</c>: its stores answer as well. Both anonymous, neither routed by the gateway.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks("/health").AllowAnonymous();
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) }).AllowAnonymous();
        return app;
    }
}
