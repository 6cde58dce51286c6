namespace Chat.Messaging.Deleting;

internal static class DeletingExtensions
{
    public static void AddDeleting(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<ChannelRemoval>();
        builder.Services.AddScoped<MessageErasure>();
        builder.Services.AddScoped<MessageDeletion>();
        builder.Services.AddScoped<AuthorPurge>();
    }
}
