using Chat.Identity.Accounts;
using Chat.Identity.SigningKeys;
using Chat.ServiceDefaults.Browsers;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Chat.Identity.Passkeys;

internal static class PasskeyRegistration
{
    public static void AddPasskeys(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<AllowedOrigins>();
        builder.Services.AddOptions<IdentityPasskeyOptions>().Configure<TokenIssuer, AllowedOrigins>((options, issuer, origins) =>
        {
            // A passkey is for a host name: whoever changes the public address leaves its passkeys behind.
            options.ServerDomain = new Uri(issuer.Url).Host;
            options.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && origins.Contains(context.Origin));
            options.AuthenticatorTimeout = PasskeyChallenges.GoodFor;

            // Found without a user name; and with a PIN or a fingerprint it is two factors in one.
            options.ResidentKeyRequirement = "required";
            options.UserVerificationRequirement = "required";
        });
        builder.Services.AddScoped<IPasskeyHandler<Account>, PasskeyHandler<Account>>();
        builder.Services.AddScoped<PasskeyChallenges>();
        builder.Services.AddScoped<PasskeyCeremonies>();
        builder.Services.AddScoped<PasskeyRing>();
    }
}
