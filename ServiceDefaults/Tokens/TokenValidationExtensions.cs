using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Chat.ServiceDefaults.Tokens;

/// <summary>Which access tokens a service accepts.</summary>
public static class TokenValidationExtensions
{
    /// <summary>The policy of <c>/internal</c> routes.</summary>
    internal const string InternalPolicy = "internal";

    internal static void AddTokenValidation(this IHostApplicationBuilder builder)
    {
        var issuer = builder.Configuration["Auth:Issuer"] ?? "http://localhost:8080";
        builder.Services.AddHttpClient(nameof(SigningKeySource));
        builder.Services.TryAddSingleton<IConfigurationManager<OpenIdConnectConfiguration>>(services =>
            new SigningKeySource(services.GetRequiredService<IHttpClientFactory>().CreateClient(nameof(SigningKeySource))));
        builder.AddInternalClient<SessionStatus.Client>("identity");
        builder.Services.TryAddSingleton<ISessionLookup>(services => services.GetRequiredService<SessionStatus.Client>());
        builder.Services.AddSingleton<SessionStatus>();
        builder.Services.AddSingleton<ValidatedTokens>();

        // No default scheme to authenticate with: each policy names its own, so that a service's call never waits for identity's keys.
        builder.Services.AddAuthentication(options => options.DefaultChallengeScheme = options.DefaultForbidScheme = JwtBearerDefaults.AuthenticationScheme)
            .AddJwtBearer(JwtBearerDefaults.AuthenticationScheme, _ => { })
            .AddJwtBearer(ServiceTokens.Scheme, _ => { });
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IConfigurationManager<OpenIdConnectConfiguration>, ValidatedTokens>((options, keys, tokens) =>
                AcceptUsers(options, keys, new ValidatedTokenHandler(tokens, JwtBearerDefaults.AuthenticationScheme), issuer));
        builder.Services.AddOptions<JwtBearerOptions>(ServiceTokens.Scheme).Configure<ServiceTokens>(AcceptServices);
        var signedIn = new AuthorizationPolicyBuilder(JwtBearerDefaults.AuthenticationScheme).RequireAuthenticatedUser().Build();
        builder.Services.AddAuthorizationBuilder()
            .SetDefaultPolicy(signedIn)
            .SetFallbackPolicy(signedIn)
            .AddPolicy(InternalPolicy, policy => policy.AddAuthenticationSchemes(ServiceTokens.Scheme).RequireAuthenticatedUser());
    }

    /// <summary>A policy for routes that take access tokens of another audience than the API's; otherwise they are validated alike.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="policy">The name of the policy, and of its authentication scheme.</param>
    /// <param name="audience">What the tokens' <c>aud</c> must contain.</param>
    public static void AddUserTokens(this IHostApplicationBuilder builder, string policy, Func<IServiceProvider, string> audience)
    {
        var issuer = builder.Configuration["Auth:Issuer"] ?? "http://localhost:8080";
        builder.Services.AddAuthentication().AddJwtBearer(policy, _ => { });
        builder.Services.AddOptions<JwtBearerOptions>(policy).Configure<IConfigurationManager<OpenIdConnectConfiguration>, ValidatedTokens, IServiceProvider>((options, keys, tokens, services) =>
        {
            AcceptUsers(options, keys, new ValidatedTokenHandler(tokens, policy), issuer);
            options.TokenValidationParameters.ValidAudience = audience(services);
        });
        builder.Services.AddAuthorizationBuilder().AddPolicy(policy, requirements => requirements.AddAuthenticationSchemes(policy).RequireAuthenticatedUser());
    }

    private static void AcceptUsers(JwtBearerOptions options, IConfigurationManager<OpenIdConnectConfiguration> keys, ValidatedTokenHandler handler, string issuer)
    {
        options.TokenHandlers.Clear();
        options.TokenHandlers.Add(handler);
        options.MapInboundClaims = false;
        options.ConfigurationManager = keys;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = issuer,
            ValidAudience = "chat",
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            RequireExpirationTime = true,
            ClockSkew = TimeSpan.FromSeconds(5),
            NameClaimType = "preferred_username",
        };
        options.Events = new JwtBearerEvents { OnTokenValidated = ValidateAsync };
    }

    private static async Task ValidateAsync(TokenValidatedContext context)
    {
        if (context.Principal is null || Caller.From(context.Principal) is not { } caller)
        {
            context.Fail("A claim is missing.");
            return;
        }

        var sessions = context.HttpContext.RequestServices.GetRequiredService<SessionStatus>();
        if (!await sessions.IsActiveAsync(caller.Session, context.HttpContext.RequestAborted))
        {
            context.Fail("The session has ended.");
            return;
        }

        TokenScopes.Keep(context.Principal, context.SecurityToken);
    }

    private static void AcceptServices(JwtBearerOptions options, ServiceTokens tokens)
    {
        options.MapInboundClaims = false;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            IssuerSigningKey = tokens.Key,
            ValidateIssuer = false,
            ValidAudience = tokens.Name,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            RequireExpirationTime = true,
            ClockSkew = TimeSpan.FromSeconds(30),
        };
    }
}
