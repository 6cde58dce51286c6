using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Chat.Identity.SigningKeys;

internal static class SigningKeyRegistration
{
    public static void AddSigningKeys(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<SigningKeyOptions>()
            .BindConfiguration("SigningKeys")
            .ValidateDataAnnotations()
            .ValidateOnStart();

        builder.Services.AddSingleton(new TokenIssuer(builder.Configuration["Auth:Issuer"] ?? "http://localhost:8080"));
        builder.Services.AddSingleton<SigningKeyRing>();
        builder.Services.AddSingleton<AccessTokens>();
        builder.Services.AddSingleton<IConfigurationManager<OpenIdConnectConfiguration>, LocalSigningKeys>();
        builder.Services.AddHostedService<SigningKeyRotation>();
    }
}
