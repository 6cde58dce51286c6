using Chat.Identity.Mail;

namespace Chat.Identity.Notices;

internal static class NoticeRegistration
{
    public static void AddNotices(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<SecurityNotices>();
        builder.Services.AddScoped<ILetterWriter, NoticeWriter>();
    }
}
