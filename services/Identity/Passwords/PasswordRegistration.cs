using Chat.Identity.Mail;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Passwords;

internal static class PasswordRegistration
{
    public static void AddPasswords(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<PasswordHashingOptions>()
            .BindConfiguration("Passwords")
            .ValidateDataAnnotations()
            .ValidateOnStart();

        builder.Services.AddOptions<PasswordHasherOptions>()
            .Configure<IOptions<PasswordHashingOptions>>((hasher, passwords) => hasher.IterationCount = passwords.Value.Iterations);

        builder.Services.AddSingleton<PasswordHashing>();
        builder.Services.AddSingleton<CommonPasswords>();
        builder.Services.AddSingleton<PasswordRules>();
        builder.Services.AddScoped<PasswordChange>();
        builder.Services.AddScoped<ILetterWriter, ResetPasswordWriter>();
        builder.Services.AddSingleton<PasswordDigest>();
    }
}
