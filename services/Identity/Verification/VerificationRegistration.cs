using Chat.Identity.Mail;

namespace Chat.Identity.Verification;

internal static class VerificationRegistration
{
    public static void AddVerification(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<MailedTokens>();
        builder.Services.AddScoped<AccountActivation>();
        builder.Services.AddScoped<ILetterWriter, VerifyEmailWriter>();
    }
}
