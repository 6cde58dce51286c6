namespace Chat.Messaging.Mentioning;

internal static class MentioningExtensions
{
    public static void AddMentioning(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<MentionResolver>();
}
