namespace Chat.Identity.TwoFactor;

internal static class TwoFactorRegistration
{
    public static void AddTwoFactor(this IHostApplicationBuilder builder) => builder.Services.AddScoped<SecondFactorCheck>();
}
