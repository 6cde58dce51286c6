namespace Chat.Messaging.Measuring;

internal static class MeasuringExtensions
{
    public static void AddActivity(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ActivityOptions>()
            .BindConfiguration("Activity")
            .Validate(options => options.Every > TimeSpan.Zero, "Activity: the time between two countings is positive.")
            .ValidateOnStart();
        builder.Services.AddSingleton<ActivityCount>();
        builder.Services.AddHostedService<ActivityJob>();
    }
}
