using Chat.Identity.Mail;

namespace Chat.Identity.Verification;

internal static class VerificationRegistration
{
    public static void AddVerification(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<MailedTokens>();
        builder.Services.AddScoped<AccountActivation>();
        builder.Services.AddScoped<MailRequests>();
        builder.Services.AddScoped<EmailChange>();
        builder.Services.AddHostedService<VerificationCleanup>();
        builder.Services.AddScoped<ILetterWriter, VerifyEmailWriter>();
        builder.Services.AddScoped<ILetterWriter, ChangeEmailWriter>();
    }
}
