namespace Chat.Realtime.Channels;

internal static class ChannelFeedsExtensions
{
    public static void AddChannelFeeds(this IHostApplicationBuilder builder)
    {
        builder.AddInternalClient<MessagingClient>("messaging");
        builder.Services.AddSingleton<MessagingLog>();
        builder.Services.AddSingleton<LostAccess>();
        builder.Services.AddSingleton<Entitlement>();
        builder.Services.AddSingleton<ReconcileSignal>();
        builder.Services.AddSingleton<AccessSignal>();
        builder.Services.AddSingleton<CatchUp>();
        builder.Services.AddSingleton<GapFill>();
        builder.Services.AddSingleton<ChannelFeeds>();
        builder.Services.AddHostedService<Reconciler>();
        builder.Services.AddHostedService<AccessRecheck>();
    }
}
