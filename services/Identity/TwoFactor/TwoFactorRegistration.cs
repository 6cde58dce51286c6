using Chat.Identity.Mail;

namespace Chat.Identity.TwoFactor;

internal static class TwoFactorRegistration
{
    public static void AddTwoFactor(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TwoFactorOptions>().BindConfiguration("TwoFactor").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<CodeAttempts>();
        builder.Services.AddScoped<AuthenticatorApp>();
        builder.Services.AddScoped<MailedCodes>();
        builder.Services.AddScoped<ILetterWriter, MailedCodeWriter>();
        builder.Services.AddScoped<RecoveryCodes>();
        builder.Services.AddScoped<FactorChanges>();
        builder.Services.AddScoped<SecondFactorCheck>();
    }
}
