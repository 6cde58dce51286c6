namespace Chat.Realtime;

internal static class RealtimeOptionsExtensions
{
    public static void AddRealtimeOptions(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RealtimeOptions>().BindConfiguration(RealtimeOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<RealtimeTelemetry>();
    }
}
