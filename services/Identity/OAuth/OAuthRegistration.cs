using Chat.Identity.OAuth.Apps;
using Chat.Identity.OAuth.Authorizing;
using Chat.Identity.OAuth.Clients;
using Chat.Identity.OAuth.Granting;
using Chat.Identity.OAuth.Pages;
using Chat.Identity.SigningKeys;
using Chat.ServiceDefaults.Tokens;

namespace Chat.Identity.OAuth;

internal static class OAuthRegistration
{
    public static void AddOAuth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<OAuthOptions>().BindConfiguration("OAuth").ValidateDataAnnotations().ValidateOnStart();

        builder.Services.AddScoped<ClientBots>();
        builder.Services.AddScoped<ClientRemoval>();
        builder.Services.AddScoped<ClientHold>();
        builder.Services.AddHostedService<ConfiguredClients>();

        builder.Services.AddSingleton<AuthorizationAnswers>();
        builder.Services.AddSingleton<SignInMarks>();
        builder.Services.AddScoped<AuthorizationRequests>();
        builder.Services.AddScoped<Authorization>();

        builder.Services.AddSingleton<IdTokens>();
        builder.Services.AddScoped<ClientAuthentication>();
        builder.Services.AddScoped<Grants>();
        builder.Services.AddScoped<CodeExchange>();
        builder.Services.AddScoped<RefreshExchange>();
        builder.Services.AddScoped<ClientCredentialsExchange>();
        builder.Services.AddHostedService<OAuthCleanup>();

        builder.AddUserTokens(UserInfoEndpoint.Policy, services => Grants.UserInfoAudience(services.GetRequiredService<TokenIssuer>()));
    }

    /// <summary>What clients and browsers use, outside the API.</summary>
    public static void MapOAuth(this IEndpointRouteBuilder routes)
    {
        routes.MapDiscovery();
        var oauth = routes.MapGroup("/oauth");
        oauth.MapAuthorize();
        oauth.MapPageFiles();
        oauth.MapToken();
        oauth.MapRevocation();
        oauth.MapUserInfo();
    }

    /// <summary>What owners of clients and the people who use them manage.</summary>
    public static void MapOAuthApi(this IEndpointRouteBuilder api)
    {
        api.MapOAuthClients();
        api.MapConnectedApps();
    }
}
