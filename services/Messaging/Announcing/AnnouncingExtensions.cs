namespace Chat.Messaging.Announcing;

internal static class AnnouncingExtensions
{
    public static void AddSystemMessages(this IHostApplicationBuilder builder) => builder.Services.AddScoped<SystemMessages>();
}
