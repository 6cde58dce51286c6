using System.Net.Mail;
using Microsoft.Extensions.Options;

namespace Chat.Identity.Mail;

internal static class MailRegistration
{
    public static void AddMail(this IHostApplicationBuilder builder)
    {
        var kept = builder.Environment.IsDevelopment();
        builder.Services.AddOptions<MailOptions>()
            .BindConfiguration("Mail")
            .ValidateDataAnnotations()
            .Validate(mail => kept || !string.IsNullOrEmpty(mail.Host), "Mail:Host is required outside Development: accounts are verified by mail.")
            .Validate(mail => MailAddress.TryCreate(mail.From, out _), "Mail:From must be an address, or a name and an address in angle brackets.")
            .ValidateOnStart();

        builder.Services.AddSingleton<MailSignal>();
        builder.Services.AddScoped<Mails>();
        builder.Services.AddScoped<SmtpTransport>();
        builder.Services.AddScoped<KeptMails>();
        builder.Services.AddScoped<IMailTransport>(services => string.IsNullOrEmpty(services.GetRequiredService<IOptions<MailOptions>>().Value.Host)
            ? services.GetRequiredService<KeptMails>()
            : services.GetRequiredService<SmtpTransport>());
        builder.Services.AddHostedService<MailDispatcher>();
    }
}
