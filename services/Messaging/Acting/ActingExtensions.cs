namespace Chat.Messaging.Acting;

internal static class ActingExtensions
{
    public static void AddChannelActs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ChannelTurns>();
        builder.Services.AddScoped<ChannelActs>();
    }
}
